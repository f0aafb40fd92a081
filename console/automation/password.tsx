// The one reveal of a first password: asked for, shown, copied, forgotten.
import { Button, CopyButton, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import type { OutcomeWire } from '#features/automation/wire.ts';

const Revealed = z.object({ password: z.string() });

const words = { revealed: 'was revealed', destroyed: 'was destroyed' } as const;

export function FirstPassword({
  runId,
  outcome,
}: {
  readonly runId: string;
  readonly outcome: OutcomeWire;
}) {
  const [password, setPassword] = useState<string>();
  const client = useQueryClient();
  const reveal = useMutation({
    mutationFn: () => post(`/v1/runs/${runId}/passwords/${outcome.changeId}/reveal`, {}, Revealed),
    onSuccess: (answer) => setPassword(answer.password),
    // Nothing keeps it but this page, and that until it is closed.
    gcTime: 0,
  });
  async function forget(): Promise<void> {
    setPassword(undefined);
    reveal.reset();
    await client.invalidateQueries({ queryKey: ['runs', runId] });
  }
  if (outcome.password === 'none') return null;
  if (outcome.password !== 'sealed' && password === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {words[outcome.password]}
      </Text>
    );
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={reveal.isPending}
        onClick={() => reveal.mutate()}
        aria-label={`Reveal once: the first password of ${outcome.personName}`}
      >
        Reveal once
      </Button>
      {reveal.error === null ? null : <Refusal error={reveal.error} />}
      <Modal
        opened={password !== undefined}
        onClose={() => void forget()}
        title={`The first password of ${outcome.personName}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
        centered
      >
        <Stack>
          <Text ff="monospace" size="xl" className="password">
            {password}
          </Text>
          <Text size="sm" c="dimmed">
            It is shown this once; that you saw it is in the audit. It must be changed at the first
            sign-in.
          </Text>
          <CopyButton value={password ?? ''}>
            {({ copied, copy }) => (
              <Button onClick={copy} data-autofocus>
                {copied ? 'Copied' : 'Copy the password'}
              </Button>
            )}
          </CopyButton>
        </Stack>
      </Modal>
    </>
  );
}
