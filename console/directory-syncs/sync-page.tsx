// One directory sync: what it does, what it is doing, whom somebody has to decide on, and why things happened.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { Disputes } from './disputes.tsx';
import { DriftReport } from './drift.tsx';
import { History } from './history.tsx';
import { NowRunning } from './now-running.tsx';
import { runsQuery, type Sync, type SyncRun, syncQuery, syncsKey } from './queries.ts';
import { Settings } from './settings.tsx';
import { Why } from './why.tsx';
import { doesWords, isLive, stateOf } from './words.ts';

const route = getRouteApi('/directory-syncs/$syncId');

export function DirectorySyncPage() {
  const id = Number(route.useParams().syncId);
  const query = useQuery(syncQuery(id));
  const runs = useQuery(runsQuery(id));
  return (
    <Loaded query={query}>{(sync) => <Page sync={sync} runs={runs.data?.items ?? []} />}</Loaded>
  );
}

function Page({ sync, runs }: { readonly sync: Sync; readonly runs: readonly SyncRun[] }) {
  useDocumentTitle(`${sync.settings.name} · Sundog`);
  const open = runs.find((run) => isLive(run)) ?? runs.find(({ state }) => state === 'planned');
  const start = useStart(sync.id);
  const isBusy = start.isPending || runs.some(isLive);
  return (
    <Stack gap={40}>
      <Head sync={sync} busy={isBusy} start={start.mutate} />
      {start.error === null ? null : <Refusal error={start.error} />}
      {open === undefined ? null : <NowRunning key={open.id} sync={sync} listed={open} />}
      <Disputes syncId={sync.id} />
      <Why syncId={sync.id} />
      <History syncId={sync.id} />
      <DriftReport
        sync={sync}
        busy={isBusy}
        start={() => start.mutate({ whole: true, purpose: 'drift' })}
      />
      <Settings sync={sync} />
    </Stack>
  );
}

type Start = { readonly whole: boolean; readonly purpose: 'sync' | 'drift' };

function useStart(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asked: Start) =>
      post(`/v1/directory-syncs/${id}/sync`, asked, z.object({ runId: z.string() })),
    onSettled: () => client.invalidateQueries({ queryKey: syncsKey }),
  });
}

function Head({
  sync,
  busy,
  start,
}: {
  readonly sync: Sync;
  readonly busy: boolean;
  readonly start: (asked: Start) => void;
}) {
  const { settings, warnings, lastError, lastSyncedAt, lastWholeAt, nextAt } = sync;
  const said = stateOf(sync);
  const idle = busy || settings.places.length === 0;
  return (
    <div>
      <Group gap="sm" mb={6}>
        <TextLink to="/directory-syncs" inherit>
          Directory syncs
        </TextLink>
        <Text c="dimmed">{settings.name}</Text>
        <State tone={said.tone}>{said.word}</State>
      </Group>
      <h1 className="lead">{doesWords(sync)}</h1>
      <Text size="sm" c="dimmed" mt={6}>
        {lastSyncedAt === null ? (
          'It has not run yet'
        ) : (
          <>
            Last applied <Time at={lastSyncedAt} />
          </>
        )}
        {lastWholeAt === null ? null : (
          <>
            {' · everything was read '}
            <Time at={lastWholeAt} />
          </>
        )}
        {nextAt === null ? null : (
          <>
            {' · next '}
            <Time at={nextAt} />
          </>
        )}
      </Text>
      {lastError === null ? null : (
        <Text className="prose breaks" mt="sm">
          {lastError}
        </Text>
      )}
      {warnings.length === 0 ? null : (
        <ul className="does">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <Group gap="sm" mt="md">
        <Button disabled={idle} onClick={() => start({ whole: false, purpose: 'sync' })}>
          Sync now
        </Button>
        <Button
          variant="default"
          disabled={idle}
          onClick={() => start({ whole: true, purpose: 'sync' })}
        >
          Read everything
        </Button>
      </Group>
    </div>
  );
}
