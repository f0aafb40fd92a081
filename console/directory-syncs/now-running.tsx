// The run that goes on: how far it is, as the hub tells it, how to stop it, and the plan that waits for a yes.
import { Button, Group, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { post } from '#console/api.ts';
import { ButtonLink } from '#console/shell/link.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { RunWire, type Sync, type SyncRun, syncRunQuery, syncsKey } from './queries.ts';
import { askedWords, isLive, plannedWords, progressOf, runState } from './words.ts';

export function NowRunning({ sync, listed }: { readonly sync: Sync; readonly listed: SyncRun }) {
  const client = useQueryClient();
  const { data: run = listed } = useQuery(syncRunQuery(sync.id, listed.id));
  useLive(sync.id, listed.id, run.finishedAt === null);
  const cancel = useMutation({
    mutationFn: () => post(`/v1/directory-syncs/${sync.id}/runs/${run.id}/cancel`, {}, RunWire),
    onSettled: () => client.invalidateQueries({ queryKey: syncsKey }),
  });
  if (run.finishedAt !== null) return null;
  const said = runState(run);
  return (
    <section aria-labelledby="now-running" className="panel">
      <Group gap="sm" mb={4}>
        <Title order={2} size="h4" id="now-running">
          {askedWords(run)}
        </Title>
        <State tone={said.tone}>{said.word}</State>
      </Group>
      <Progress run={run} />
      {run.wholeBecause === null ? null : (
        <Text size="sm" c="dimmed" className="prose">
          {run.wholeBecause}
        </Text>
      )}
      {cancel.error === null ? null : <Refusal error={cancel.error} />}
      <Group gap="sm" mt="md">
        {run.planId === null ? null : (
          <ButtonLink to="/plans/$planId" params={{ planId: run.planId }}>
            Read the plan
          </ButtonLink>
        )}
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {run.state === 'planned' ? 'Drop the plan' : 'Cancel'}
        </Button>
        {run.state === 'applying' ? (
          <Text size="sm" c="dimmed">
            What is applied stays applied.
          </Text>
        ) : null}
      </Group>
    </section>
  );
}

function Progress({ run }: { readonly run: SyncRun }) {
  if (!isLive(run)) return <Text className="prose">{plannedWords(run)}</Text>;
  const { sentence, share } = progressOf(run, Date.now());
  return (
    <>
      <Text className="prose" role="status">
        {sentence}
      </Text>
      <progress
        className="progress"
        aria-label={`How far it is: ${askedWords(run)}`}
        {...(share === null ? {} : { value: share, max: 1 })}
      />
    </>
  );
}

/** The hub tells each time that something changed, and when it is over. */
function useLive(syncId: number, runId: string, goesOn: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!goesOn) return;
    const events = new EventSource(`/v1/directory-syncs/${syncId}/runs/${runId}/events`);
    const { queryKey } = syncRunQuery(syncId, runId);
    const show = ({ data }: MessageEvent<string>) => {
      const run = RunWire.parse(JSON.parse(data));
      const before = client.getQueryData(queryKey);
      client.setQueryData(queryKey, run);
      if (before?.state !== run.state) void client.invalidateQueries({ queryKey: syncsKey });
    };
    events.addEventListener('state', show);
    events.addEventListener('end', (event) => {
      events.close();
      show(event);
    });
    return () => events.close();
  }, [client, syncId, runId, goesOn]);
}
