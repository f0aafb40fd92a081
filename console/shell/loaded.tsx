// What a page shows while it waits, and when the hub refuses: what happened, to whom, and what to do.
import { Alert, Button, Code, CopyButton, Group, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Refused } from '#console/api.ts';
import { TextLink } from './link.tsx';

export function Loaded<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (value: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Missing error={query.error} />;
  return <Waiting />;
}

/** As high as what comes: a first line, a line beneath, and rows. */
export function Waiting() {
  return (
    <Stack aria-busy="true" gap="xl">
      <Skeleton height={30} width="62%" radius="sm" />
      {['first', 'second', 'third', 'fourth'].map((row) => (
        <Stack key={row} gap={8}>
          <Skeleton height={18} width="34%" radius="sm" />
          <Skeleton height={14} width="78%" radius="sm" />
        </Stack>
      ))}
    </Stack>
  );
}

function Missing({ error }: { readonly error: Error }) {
  return (
    <Stack>
      <h1 className="lead">This page cannot be shown.</h1>
      <Refusal error={error} />
      <Text>
        Begin at the <TextLink to="/">overview</TextLink>, or press Ctrl K to find what you meant.
      </Text>
    </Stack>
  );
}

export function Refusal({ error }: { readonly error: Error }) {
  const code = error instanceof Refused ? error.code : 'console.failed';
  const details = `${code}: ${error.message} (${location.pathname}, ${new Date().toISOString()})`;
  return (
    <Alert color="red" variant="outline" title="That did not work" role="alert" my="sm">
      <Text>{error.message}</Text>
      <Group mt="sm" gap="sm">
        <Code>{code}</Code>
        <CopyButton value={details}>
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
