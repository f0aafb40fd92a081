// One execution, live: what became of every change, the one reveal of a new password, and the way back.
import { Button, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { type OutcomeWire, PlanWire, type RunWire } from '#features/automation/wire.ts';
import { runQuery } from './queries.ts';
import { kinds, results, runStates } from './states.ts';

const Revealed = z.object({ password: z.string() });

const runRoute = getRouteApi('/runs/$runId');

export function RunPage() {
  const { runId } = runRoute.useParams();
  useLive(runId);
  return <Loaded query={useQuery(runQuery(runId))}>{(run) => <Run run={run} />}</Loaded>;
}

/** Asks again whenever the hub says that something of the run became known. */
function useLive(runId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const events = new EventSource(`/v1/runs/${runId}/events`);
    const refresh = () => void client.invalidateQueries({ queryKey: ['runs', runId] });
    events.addEventListener('outcome', refresh);
    events.addEventListener('state', refresh);
    events.addEventListener('end', () => {
      refresh();
      events.close();
    });
    return () => events.close();
  }, [client, runId]);
}

function Run({ run }: { readonly run: RunWire }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => post(`/v1/runs/${run.id}/undo`, {}, PlanWire),
    onSuccess: async (plan) => {
      client.setQueryData(['plans', plan.id], plan);
      await navigate({ to: '/plans/$planId', params: { planId: plan.id } });
    },
  });
  return (
    <Stack gap="lg">
      <div>
        <Group gap="sm" mb={6}>
          <Text c="dimmed">{run.automation.name}</Text>
          <State tone={runStates[run.state].tone}>{runStates[run.state].word}</State>
        </Group>
        <h1 className="lead">{run.sentence}</h1>
        <Text size="sm" c="dimmed" mt={6}>
          Began <Time at={run.startedAt} /> by {run.startedBy} ·{' '}
          <Link to="/plans/$planId" params={{ planId: run.planId }}>
            the plan it applies
          </Link>
        </Text>
      </div>
      <table className="plain">
        <thead>
          <tr>
            <th>Person</th>
            <th>Change</th>
            <th>Outcome</th>
            <th>Password</th>
          </tr>
        </thead>
        <tbody aria-live="polite">
          {run.outcomes.map((outcome) => (
            <OutcomeRow key={`${outcome.changeId}-${outcome.result}`} run={run} outcome={outcome} />
          ))}
        </tbody>
      </table>
      {undo.error === null ? null : <Refusal error={undo.error} />}
      {run.state === 'running' || run.undoneBy !== null ? null : (
        <Group>
          <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
            Plan the undo of this run
          </Button>
          <Text size="sm" c="dimmed">
            Nothing is taken back until you approve that plan.
          </Text>
        </Group>
      )}
    </Stack>
  );
}

function OutcomeRow({ run, outcome }: { readonly run: RunWire; readonly outcome: OutcomeWire }) {
  const said = results[outcome.result];
  return (
    <tr className="changed">
      <td>{outcome.personName}</td>
      <td>
        {kinds[outcome.kind]} <strong>{outcome.targetName}</strong>
        <Text size="sm" c="dimmed">
          {outcome.system}
        </Text>
      </td>
      <td>
        <State tone={said.tone}>{said.word}</State>
        {outcome.because === null ? null : (
          <Text size="sm" c="dimmed" {...(outcome.code === null ? {} : { title: outcome.code })}>
            {outcome.because}
          </Text>
        )}
      </td>
      <td>
        <Password run={run} outcome={outcome} />
      </td>
    </tr>
  );
}

const passwordWords = { revealed: 'revealed once', destroyed: 'destroyed' } as const;

function Password({ run, outcome }: { readonly run: RunWire; readonly outcome: OutcomeWire }) {
  const [password, setPassword] = useState<string>();
  const client = useQueryClient();
  const reveal = useMutation({
    mutationFn: () => post(`/v1/runs/${run.id}/passwords/${outcome.changeId}/reveal`, {}, Revealed),
    onSuccess: (answer) => setPassword(answer.password),
  });
  async function forget(): Promise<void> {
    setPassword(undefined);
    reveal.reset();
    await client.invalidateQueries({ queryKey: ['runs', run.id] });
  }
  if (outcome.password === 'none') return null;
  if (outcome.password !== 'sealed' && password === undefined) {
    return <Text size="sm">{passwordWords[outcome.password]}</Text>;
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={reveal.isPending}
        onClick={() => reveal.mutate()}
      >
        Reveal once
      </Button>
      {reveal.error === null ? null : <Refusal error={reveal.error} />}
      <Modal
        opened={password !== undefined}
        onClose={() => void forget()}
        title={`The first password of ${outcome.personName}`}
      >
        <Stack>
          <Text ff="monospace" size="xl">
            {password}
          </Text>
          <Text size="sm" c="dimmed">
            This is the only time it is shown; that you saw it is in the audit. It must be changed
            at the first logon.
          </Text>
          <CopyButton value={password ?? ''}>
            {({ copied, copy }) => (
              <Button onClick={copy}>{copied ? 'Copied' : 'Copy password'}</Button>
            )}
          </CopyButton>
        </Stack>
      </Modal>
    </>
  );
}
