// Every plan, newest first.
import { Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '#console/shell/loaded.tsx';
import { PlanTable } from './lists.tsx';
import { plansQuery } from './queries.ts';

export function PlansPage() {
  useDocumentTitle('Plans · Sundog');
  return (
    <Loaded query={useQuery(plansQuery)}>
      {({ items }) => (
        <Stack gap="xl">
          <h1 className="lead">
            {firstLine(items.filter((plan) => plan.state === 'waiting').length)}
          </h1>
          {items.length === 0 ? (
            <Text c="dimmed">No plan was made yet. Open Automations and choose “Plan now”.</Text>
          ) : (
            <PlanTable plans={items} />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function firstLine(waiting: number): string {
  if (waiting === 0) return 'No plan waits for you.';
  return waiting === 1 ? '1 plan waits for you.' : `${waiting} plans wait for you.`;
}
