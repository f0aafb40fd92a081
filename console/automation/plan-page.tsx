// The page that sells the product: what would change, for whom, why, and what the guards say.
import { Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { Loaded } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { PlanPersonWire, PlanWire } from '#features/automation/wire.ts';
import { Change } from './change.tsx';
import { Decision } from './decision.tsx';
import { changesOf, peopleGroups } from './plan-view.ts';
import { planQuery } from './queries.ts';
import { guardVerdicts, planStates } from './states.ts';

const planRoute = getRouteApi('/plans/$planId');

export function PlanPage() {
  const { planId } = planRoute.useParams();
  return <Loaded query={useQuery(planQuery(planId))}>{(plan) => <Plan plan={plan} />}</Loaded>;
}

function Plan({ plan }: { readonly plan: PlanWire }) {
  const { person: chosenKey, find } = planRoute.useSearch();
  const navigate = planRoute.useNavigate();
  const search = useRef<HTMLInputElement>(null);
  const groups = peopleGroups(plan, find);
  const shown = groups.flatMap((group) => group.people);
  const chosen = shown.find((person) => person.key === chosenKey) ?? shown[0];

  function choose(person: PlanPersonWire | undefined): void {
    if (person === undefined) return;
    void navigate({ search: (old) => ({ ...old, person: person.key }), replace: true });
  }
  function step(by: number): void {
    const index = shown.findIndex((person) => person.key === chosen?.key);
    choose(shown[Math.min(Math.max(index + by, 0), shown.length - 1)]);
  }
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['/', () => search.current?.focus()],
  ]);

  return (
    <Stack gap="lg">
      <div>
        <Group gap="sm" mb={6}>
          <Text c="dimmed">{plan.automation.name}</Text>
          <State tone={planStates[plan.state].tone}>{planStates[plan.state].word}</State>
        </Group>
        <h1 className="lead">{plan.sentence}</h1>
        <Text size="sm" c="dimmed" mt={6}>
          Made <Time at={plan.createdAt} /> by {plan.createdBy} from {plan.source.records} records
          {plan.source.complete ? ', all of them read' : ', not all of them read'} · good until{' '}
          {new Date(plan.expiresAt).toLocaleString()}
        </Text>
      </div>
      <Guards guards={plan.guards} />
      <div className="plan-layout">
        <nav className="people" aria-label="People in this plan">
          <TextInput
            ref={search}
            aria-label="Search people and changes"
            placeholder="Search people and changes"
            value={find}
            onChange={(event) => {
              const words = event.currentTarget.value;
              void navigate({ search: (old) => ({ ...old, find: words }), replace: true });
            }}
            mb="sm"
          />
          {groups.map((group) => (
            <section key={group.title}>
              <Title order={2} size="h6" c="dimmed" mt="sm" mb={4}>
                {group.title} ({group.people.length})
              </Title>
              {group.people.map((person) => (
                <button
                  key={person.key}
                  type="button"
                  className="person"
                  aria-current={person.key === chosen?.key}
                  onClick={() => choose(person)}
                >
                  <span>{person.name}</span>
                  <span className="number" title={`${person.changes} changes`}>
                    {person.changes === 0 ? '' : person.changes}
                  </span>
                </button>
              ))}
            </section>
          ))}
          {shown.length === 0 ? <Text c="dimmed">Nobody fits “{find}”.</Text> : null}
        </nav>
        {chosen === undefined ? null : <Person plan={plan} person={chosen} />}
      </div>
      <Decision plan={plan} />
    </Stack>
  );
}

function Guards({ guards }: { readonly guards: PlanWire['guards'] }) {
  return (
    <ul className="guards" aria-label="Guards">
      {guards.map((guard) => (
        <li key={guard.name}>
          <State tone={guardVerdicts[guard.verdict].tone}>
            {guardVerdicts[guard.verdict].word}
          </State>
          <span title={guard.name}>{guard.sentence}</span>
        </li>
      ))}
    </ul>
  );
}

function Person({ plan, person }: { readonly plan: PlanWire; readonly person: PlanPersonWire }) {
  return (
    <section aria-label={person.name}>
      <Title order={2} size="h3" title={person.key}>
        {person.name}
      </Title>
      {person.notes.map((note) => (
        <Text key={note.sentence} mt="xs" {...(note.code === null ? {} : { title: note.code })}>
          {note.sentence}
        </Text>
      ))}
      {changesOf(plan, person.key).map((change) => (
        <Change key={change.id} change={change} />
      ))}
    </section>
  );
}
