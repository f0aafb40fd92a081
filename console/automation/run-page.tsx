// One execution, live: what became of every change, the one reveal of a new password, and the way back.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { post } from '#console/api.ts';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { type OutcomeWire, PlanWire, type RunWire } from '#features/automation/wire.ts';
import { deskKinds, isOfSync } from './desk-words.ts';
import { FirstPassword } from './password.tsx';
import { runQuery } from './queries.ts';
import { outcomesByPerson } from './run-view.ts';
import { results, runKinds, runStates } from './states.ts';

const runRoute = getRouteApi('/runs/$runId');

export function RunPage() {
  const { runId } = runRoute.useParams();
  const query = useQuery(runQuery(runId));
  useLive(runId, query.data !== undefined && query.data.finishedAt === null);
  return <Loaded query={query}>{(run) => <Run run={run} />}</Loaded>;
}

/** Asks again whenever the hub says that something of the run became known. */
function useLive(runId: string, goesOn: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!goesOn) return;
    const events = new EventSource(`/v1/runs/${runId}/events`);
    const refresh = () => void client.invalidateQueries({ queryKey: ['runs', runId] });
    events.addEventListener('state', refresh);
    events.addEventListener('outcome', refresh);
    events.addEventListener('end', () => {
      events.close();
      void client.invalidateQueries();
    });
    return () => events.close();
  }, [client, runId, goesOn]);
}

function Run({ run }: { readonly run: RunWire }) {
  useDocumentTitle(`Run of ${run.automation.name} · Sundog`);
  const hasPasswords = run.outcomes.some(({ password }) => password !== 'none');
  return (
    <Stack gap="xl">
      <Head run={run} />
      <table className="plain outcomes">
        <thead>
          <tr>
            <th scope="col">Change</th>
            <th scope="col">Outcome</th>
            {hasPasswords ? <th scope="col">First password</th> : null}
          </tr>
        </thead>
        {outcomesByPerson(run.outcomes).map(({ key, name, outcomes }) => (
          <tbody key={key}>
            <tr className="person-row">
              <th className="whose" scope="rowgroup" colSpan={hasPasswords ? 3 : 2} title={key}>
                {name}
              </th>
            </tr>
            {outcomes.map((outcome) => (
              <Outcome key={outcome.changeId} outcome={outcome}>
                {hasPasswords ? <FirstPassword runId={run.id} outcome={outcome} /> : undefined}
              </Outcome>
            ))}
          </tbody>
        ))}
      </table>
      <Undo run={run} />
    </Stack>
  );
}

function Head({ run }: { readonly run: RunWire }) {
  return (
    <div>
      <Group gap="sm" mb={6}>
        <Text c="dimmed">
          {run.automation.name}
          {run.undoes === null ? '' : ', the undo of a run'}
        </Text>
        <State tone={runStates[run.state].tone}>{runStates[run.state].word}</State>
      </Group>
      <h1 className="lead" aria-live="polite">
        {run.sentence}
      </h1>
      <Text size="sm" c="dimmed" mt={6}>
        Began <Time at={run.startedAt} /> by {run.startedBy} ·{' '}
        <TextLink to="/plans/$planId" params={{ planId: run.planId }} inherit>
          the plan it applies
        </TextLink>
        {run.undoes === null ? null : (
          <>
            {' · '}
            <TextLink to="/runs/$runId" params={{ runId: run.undoes }} inherit>
              the run it takes back
            </TextLink>
          </>
        )}
      </Text>
    </div>
  );
}

/** What became known while one looks on is marked for a moment. */
function Outcome({
  outcome,
  children,
}: {
  readonly outcome: OutcomeWire;
  readonly children: ReactNode;
}) {
  const [first] = useState(outcome.result);
  const said = results[outcome.result];
  return (
    <tr className={first === outcome.result ? undefined : 'changed'}>
      <td>
        {wordOf(outcome)} <strong>{outcome.targetName}</strong>
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
        {outcome.result === 'waiting' && outcome.until !== null ? (
          <Text size="sm" c="dimmed">
            tries again <Time at={outcome.until} />
          </Text>
        ) : null}
      </td>
      {children === undefined ? null : <td>{children}</td>}
    </tr>
  );
}

function Undo({ run }: { readonly run: RunWire }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => post(`/v1/runs/${run.id}/undo`, {}, PlanWire),
    onSuccess: async (plan) => {
      client.setQueryData(['plans', plan.id], plan);
      await navigate({ to: '/plans/$planId', params: { planId: plan.id } });
    },
  });
  if (run.finishedAt === null) return null;
  if (run.undoneBy !== null) {
    return (
      <Text>
        This run was taken back by{' '}
        <TextLink to="/runs/$runId" params={{ runId: run.undoneBy }} inherit>
          a later run
        </TextLink>
        .
      </Text>
    );
  }
  return (
    <div>
      {undo.error === null ? null : <Refusal error={undo.error} />}
      <Group>
        <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
          Plan the undo of this run
        </Button>
        <Text size="sm" c="dimmed">
          Nothing is taken back until you approve that plan.
        </Text>
      </Group>
    </div>
  );
}

function wordOf(outcome: OutcomeWire): string {
  return (isOfSync(outcome) ? deskKinds[outcome.kind] : undefined) ?? runKinds[outcome.kind];
}
