// Every run, newest first.
import { Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '#console/shell/loaded.tsx';
import { RunTable } from './lists.tsx';
import { runsQuery } from './queries.ts';

export function RunsPage() {
  useDocumentTitle('Runs · Sundog');
  return (
    <Loaded query={useQuery(runsQuery)}>
      {({ items }) => (
        <Stack gap="xl">
          <h1 className="lead">{firstLine(items.filter((run) => run.counts.failed > 0).length)}</h1>
          {items.length === 0 ? (
            <Text c="dimmed">Nothing has run yet.</Text>
          ) : (
            <RunTable runs={items} />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function firstLine(failed: number): string {
  if (failed === 0) return 'Everything that ran went as planned.';
  return failed === 1 ? 'In 1 run something failed.' : `In ${failed} runs something failed.`;
}
