// Becoming somebody else for a while: the reason is asked for, then the page begins anew as them.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Dialog } from '#console/shell/dialog.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { impersonationLimits } from '#domain/impersonation.ts';
import { BecameWire } from '#features/impersonation/wire.ts';

export type Whom = {
  readonly kind: 'agent' | 'user';
  readonly id: number;
  readonly name: string;
};

const Asked = z.looseObject({ jwt: z.string() });
const minutes = impersonationLimits.sessionMs / 60_000;

async function actAs({ kind, id }: Whom, reason: string): Promise<void> {
  const { jwt } = await post('/api/ImpersonationRequest', { [kind]: id, reason }, Asked);
  await post('/auth/impersonate', { token: jwt }, BecameWire);
  // Whatever this page holds belongs to somebody else now.
  location.assign('/');
}

export function ActAs({ whom }: { readonly whom: Whom }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [reason, setReason] = useState('');
  const { min, max } = impersonationLimits.reasonLength;
  const act = useMutation({ mutationFn: () => actAs(whom, reason.trim()) });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        onClick={open}
        aria-label={`Act as ${whom.name}…`}
      >
        Act as…
      </Button>
      <Dialog opened={opened} close={close} title={`Act as ${whom.name}`}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            act.mutate();
          }}
        >
          <Stack>
            <Text>
              You see what {whom.name} sees, for {minutes} minutes at most. Whatever you do is
              recorded under both names.
            </Text>
            <TextInput
              label="Why"
              description="A ticket, say. It is kept, and shown to the person."
              required
              withAsterisk={false}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              maxLength={max}
              data-autofocus
            />
            {act.error === null ? null : <Refusal error={act.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Back
              </Button>
              <Button
                type="submit"
                loading={act.isPending || act.isSuccess}
                disabled={reason.trim().length < min}
              >
                Act as {whom.name}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
