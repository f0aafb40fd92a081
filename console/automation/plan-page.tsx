// The page that sells the product: what would change, for whom, why, and what the guards say.
import { Group, Stack, Text } from '@mantine/core';
import { useDocumentTitle, useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { PlanPersonWire, PlanWire } from '#features/automation/wire.ts';
import { Decision } from './decision.tsx';
import { Guards } from './guards.tsx';
import { People } from './people.tsx';
import { Person } from './person.tsx';
import { counted, peopleGroups } from './plan-view.ts';
import { planQuery } from './queries.ts';
import { planStates } from './states.ts';

const planRoute = getRouteApi('/plans/$planId');

/** A person's side that begins further left stands beneath the list, not beside it. */
const stackedLeft = 100;

export function PlanPage() {
  const { planId } = planRoute.useParams();
  return <Loaded query={useQuery(planQuery(planId))}>{(plan) => <Plan plan={plan} />}</Loaded>;
}

function Plan({ plan }: { readonly plan: PlanWire }) {
  useDocumentTitle(`Plan of ${plan.automation.name} · Sundog`);
  const { person: chosenKey, find } = planRoute.useSearch();
  const navigate = planRoute.useNavigate();
  const search = useRef<HTMLInputElement>(null);
  const side = useRef<HTMLDivElement>(null);
  const groups = peopleGroups(plan, find);
  const everyone = groups.flatMap((group) => group.people);
  const chosen = everyone.find((person) => person.key === chosenKey) ?? everyone[0];
  const inReach = everyone.filter(({ group }) => group !== 'unchanged' || find !== '');

  function choose(person: PlanPersonWire | undefined): void {
    if (person === undefined) return;
    const search = (old: object) => ({ ...old, person: person.key });
    void navigate({ search, replace: true, resetScroll: false });
    // Where the person stands beneath the list, the page goes there.
    if ((side.current?.offsetLeft ?? stackedLeft) < stackedLeft) side.current?.scrollIntoView();
  }
  function step(by: number): void {
    const index = inReach.findIndex((person) => person.key === chosen?.key);
    choose(inReach[Math.min(Math.max(index + by, 0), inReach.length - 1)]);
  }
  function setFind(words: string): void {
    const search = (old: object) => ({ ...old, find: words });
    void navigate({ search, replace: true, resetScroll: false });
  }
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['/', () => search.current?.focus()],
  ]);

  return (
    <Stack gap="lg">
      <Head plan={plan} />
      <Guards guards={plan.guards} />
      <div className="plan-layout">
        <People
          groups={groups}
          find={find}
          search={search}
          setFind={setFind}
          chosen={chosen?.key}
          choose={choose}
        />
        <div ref={side} className="plan-side">
          {chosen === undefined ? null : <Person plan={plan} person={chosen} find={find} />}
          {plan.next === null ? null : (
            <Text size="sm" c="dimmed" mt="lg">
              This plan is large: the page shows {plan.changes.length.toLocaleString('en')} of{' '}
              {counted(plan.changeCount, 'change')}. Download it to read all of them.
            </Text>
          )}
        </div>
      </div>
      <Decision key={plan.state} plan={plan} />
    </Stack>
  );
}

function Head({ plan }: { readonly plan: PlanWire }) {
  return (
    <div>
      <Group gap="sm" mb={6}>
        <Text c="dimmed">
          {plan.automation.name}
          {plan.undoes === null ? '' : ', the undo of a run'}
        </Text>
        <State tone={planStates[plan.state].tone}>{planStates[plan.state].word}</State>
      </Group>
      <h1 className="lead">{plan.sentence}</h1>
      <Text size="sm" c="dimmed" mt={6}>
        Made <Time at={plan.createdAt} /> by {plan.createdBy} from{' '}
        {counted(plan.source.records, 'record')},{' '}
        {plan.source.complete ? 'all of them read' : 'not all of them read'} · good until{' '}
        <Time at={plan.expiresAt} />
        {plan.undoes === null ? null : (
          <>
            {' · '}
            <TextLink to="/runs/$runId" params={{ runId: plan.undoes }} inherit>
              the run it takes back
            </TextLink>
          </>
        )}
      </Text>
    </div>
  );
}
