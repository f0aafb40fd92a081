// The directory as a list, one level at a time, to choose a container or a group from.
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Refusal } from '#console/shell/loaded.tsx';
import { treeQuery } from './queries.ts';
import { nameOfDn, topOf } from './words.ts';

type Of = {
  readonly syncId: number;
  readonly kind: 'container' | 'group';
  readonly choose: (dn: string) => void;
};

export function Browse({ syncId, kind, choose }: Of) {
  /** From the top to where one is; empty at the top. */
  const [way, setWay] = useState<readonly string[]>([]);
  const here = way.at(-1);
  const { data, error, isFetching } = useQuery(treeQuery(syncId, here ?? ''));
  const containers = here === undefined ? topOf(data?.containers ?? []) : (data?.containers ?? []);
  const groups = kind === 'group' ? (data?.groups ?? []) : [];
  return (
    <section aria-label="The directory" aria-busy={isFetching} className="panel">
      <Group gap="xs" mb="xs">
        <Button
          size="compact-sm"
          variant="default"
          disabled={here === undefined}
          onClick={() => setWay(way.slice(0, -1))}
        >
          Up
        </Button>
        <Text size="sm" c="dimmed" className="breaks">
          {here ?? 'The top of the directory'}
        </Text>
      </Group>
      {error === null ? null : <Refusal error={error} />}
      {data === undefined && error === null ? <Text size="sm">It is being asked…</Text> : null}
      <ul className="candidates tree">
        {containers.map(({ dn }) => (
          <li key={dn}>
            <span title={dn}>{nameOfDn(dn)}</span>
            <Group gap="xs">
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setWay([...way, dn])}
                aria-label={`Open ${nameOfDn(dn)}`}
              >
                Open
              </Button>
              {kind === 'container' ? <Choose dn={dn} choose={choose} /> : null}
            </Group>
          </li>
        ))}
        {groups.map(({ dn }) => (
          <li key={dn}>
            <span title={dn}>
              {nameOfDn(dn)}{' '}
              <Text component="span" size="sm" c="dimmed">
                group
              </Text>
            </span>
            <Choose dn={dn} choose={choose} />
          </li>
        ))}
      </ul>
      {data !== undefined && containers.length + groups.length === 0 ? (
        <Text size="sm">Nothing to choose is below it.</Text>
      ) : null}
      {data?.cut.map((sentence) => (
        <Text key={sentence} size="sm" c="dimmed">
          {sentence}
        </Text>
      ))}
    </section>
  );
}

function Choose({ dn, choose }: Pick<Of, 'choose'> & { readonly dn: string }) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => choose(dn)}
      aria-label={`Choose ${nameOfDn(dn)}`}
    >
      Choose
    </Button>
  );
}
