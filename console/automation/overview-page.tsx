// Is anyone about to be hurt, and did everything that should happen happen?
import { Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { OverviewWire } from '#features/automation/wire.ts';
import { PlanTable, RunTable } from './lists.tsx';
import { overviewQuery } from './queries.ts';

export function OverviewPage() {
  useDocumentTitle('Overview · Sundog');
  return (
    <Loaded query={useQuery(overviewQuery)}>
      {(overview) => <Overview overview={overview} />}
    </Loaded>
  );
}

function Overview({ overview }: { readonly overview: OverviewWire }) {
  return (
    <Stack gap="xl">
      <h1 className="lead">{overview.sentence}</h1>
      <section>
        <Title order={2} size="h4" mb="xs">
          Plans that wait for you
        </Title>
        {overview.waitingPlans.length === 0 ? (
          <Text c="dimmed">None. A plan appears here when an automation needs your yes.</Text>
        ) : (
          <PlanTable plans={overview.waitingPlans} />
        )}
      </section>
      <section>
        <Title order={2} size="h4" mb="xs">
          Latest runs
        </Title>
        {overview.recentRuns.length === 0 ? (
          <Text c="dimmed">
            Nothing has run yet. Make a plan of an automation, read it, approve it.
          </Text>
        ) : (
          <RunTable runs={overview.recentRuns} />
        )}
      </section>
      <section>
        <Title order={2} size="h4" mb="xs">
          Connections
        </Title>
        {overview.connections.length === 0 ? (
          <Text c="dimmed">
            None yet. Connect a Halo and a directory, or start the lab with <code>npm start</code>.
          </Text>
        ) : (
          <Connections connections={overview.connections} />
        )}
      </section>
    </Stack>
  );
}

function Connections({ connections }: { readonly connections: OverviewWire['connections'] }) {
  return (
    <table className="plain stacked connections">
      <thead>
        <tr>
          <th scope="col">Connection</th>
          <th scope="col">Health</th>
          <th scope="col">Looked at</th>
        </tr>
      </thead>
      <tbody>
        {connections.map((connection) => (
          <tr key={connection.id}>
            <td>
              {connection.name}
              <Text size="sm" c="dimmed">
                {connection.address}
              </Text>
            </td>
            <td>
              <Health connection={connection} />
            </td>
            <td>
              {connection.checkedAt === null ? 'not yet' : <Time at={connection.checkedAt} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Health({ connection }: { readonly connection: OverviewWire['connections'][number] }) {
  if (connection.checkedAt === null) return <State tone="quiet">not tried yet</State>;
  return (
    <>
      <State tone={connection.healthy ? 'done' : 'failed'}>
        {connection.healthy ? 'healthy' : 'broken'}
      </State>
      <Text size="sm" c="dimmed">
        {connection.sentence}
      </Text>
    </>
  );
}
