// A password of a record: dots until somebody entitled asks; hidden again after half a minute.
import { Button, CopyButton, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { Refusal } from '#console/shell/loaded.tsx';
import { type Protected, reveal } from './queries.ts';

const shownMs = 30_000;

export function PasswordField({ of }: { readonly of: Protected }) {
  const [password, setPassword] = useState<string>();
  const client = useQueryClient();
  const asking = useMutation({
    mutationFn: () => reveal(of),
    onSuccess: async (value) => {
      setPassword(value);
      await client.invalidateQueries({ queryKey: ['reveals'] });
    },
    // Nothing keeps it but this field, and that for half a minute.
    gcTime: 0,
  });
  const { reset } = asking;
  const hide = useCallback(() => {
    setPassword(undefined);
    reset();
  }, [reset]);
  useEffect(() => {
    if (password === undefined) return undefined;
    const hiding = setTimeout(hide, shownMs);
    return () => clearTimeout(hiding);
  }, [password, hide]);
  const whose = `${of.field.name} of ${of.record.name}`;
  return (
    <>
      <Group gap="lg" wrap="nowrap">
        <Text ff="monospace" className="password" aria-live="polite">
          {password ?? '••••••••'}
        </Text>
        {password === undefined ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={asking.isPending}
            onClick={() => asking.mutate()}
            aria-label={`Reveal ${whose}; it is recorded`}
          >
            Reveal
          </Button>
        ) : (
          <Shown password={password} whose={whose} hide={hide} />
        )}
      </Group>
      {asking.error === null ? null : <Refusal error={asking.error} />}
    </>
  );
}

function Shown({
  password,
  whose,
  hide,
}: {
  readonly password: string;
  readonly whose: string;
  readonly hide: () => void;
}) {
  return (
    <Group gap="xs" wrap="nowrap">
      <CopyButton value={password}>
        {({ copied, copy }) => (
          <Button size="compact-sm" onClick={copy} aria-label={`Copy ${whose}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
      <Button size="compact-sm" variant="default" onClick={hide} aria-label={`Hide ${whose}`}>
        Hide
      </Button>
    </Group>
  );
}
