// Directory syncs: which directories fill the desk, how each went the last time, and when it goes on.
import { Button, Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { AddSync } from './add.tsx';
import { type Sync, syncsQuery } from './queries.ts';
import { firstLine, stateOf } from './words.ts';

export function DirectorySyncsPage() {
  useDocumentTitle('Directory syncs · Sundog');
  const [adding, setAdding] = useState(false);
  return (
    <Loaded query={useQuery(syncsQuery)}>
      {({ items }) => (
        <Stack gap="xl">
          <div>
            <h1 className="lead">{firstLine(items)}</h1>
            <Text className="prose" c="dimmed" mt="sm">
              A sync reads a directory and never writes to it. What it would change in the desk is a
              plan first.
            </Text>
          </div>
          {items.length === 0 ? null : <Syncs syncs={items} />}
          {adding ? (
            <AddSync taken={items} close={() => setAdding(false)} />
          ) : (
            <div>
              <Button
                variant={items.length === 0 ? 'filled' : 'default'}
                onClick={() => setAdding(true)}
              >
                Add a directory sync…
              </Button>
            </div>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function Syncs({ syncs }: { readonly syncs: readonly Sync[] }) {
  return (
    <table className="plain syncs">
      <thead>
        <tr>
          <th scope="col">Sync</th>
          <th scope="col">State</th>
          <th scope="col">Last</th>
          <th scope="col">Next</th>
        </tr>
      </thead>
      <tbody>
        {syncs.map((sync) => (
          <Row key={sync.id} sync={sync} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ sync }: { readonly sync: Sync }) {
  const { id, settings, connection, lastError, lastSyncedAt, nextAt } = sync;
  const said = stateOf(sync);
  return (
    <tr>
      <td>
        <TextLink
          to="/directory-syncs/$syncId"
          params={{ syncId: String(id) }}
          underline="hover"
          fw={600}
        >
          {settings.name}
        </TextLink>
        <Text size="sm" c="dimmed">
          {connection}
        </Text>
        {lastError === null ? null : (
          <Text size="sm" className="breaks">
            {lastError}
          </Text>
        )}
      </td>
      <td>
        <State tone={said.tone}>{said.word}</State>
      </td>
      <td>{lastSyncedAt === null ? 'not yet' : <Time at={lastSyncedAt} />}</td>
      <td>{nextAt === null ? 'by hand' : <Time at={nextAt} />}</td>
    </tr>
  );
}
