// What a page shows while it waits, and when the hub refuses: what happened, to whom, and what to do.
import { Alert, Button, Code, CopyButton, Group, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Refused } from '#console/api.ts';

export function Loaded<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (value: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Refusal error={query.error} />;
  return (
    <Stack aria-busy="true" aria-label="Loading">
      <Skeleton height={28} width="70%" />
      <Skeleton height={180} />
    </Stack>
  );
}

export function Refusal({ error }: { readonly error: Error }) {
  const code = error instanceof Refused ? error.code : 'console.failed';
  return (
    <Alert color="red" variant="outline" title="That did not work" role="alert">
      <Text>{error.message}</Text>
      <Group mt="sm" gap="sm">
        <Code>{code}</Code>
        <CopyButton value={`${code}: ${error.message}`}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy details'}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
