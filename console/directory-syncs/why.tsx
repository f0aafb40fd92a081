// "Why did this happen to …?": a person is found by name, and every plan that spoke of them is told.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { TextLink } from '#console/shell/link.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { Differences } from './differences.tsx';
import { type Person, peopleQuery, type Trace, traceQuery } from './queries.ts';
import { changeWords, decisionWords, personStates } from './words.ts';

type Chosen = Pick<Person, 'target' | 'entryId'>;

export function Why({ syncId }: { readonly syncId: number }) {
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  const [chosen, setChosen] = useState<Chosen>();
  const found = useQuery(peopleQuery(syncId, asked));
  const people = found.data?.items ?? [];
  const only = people.length === 1 ? people[0] : undefined;
  const shown = chosen ?? only;
  return (
    <section aria-labelledby="why">
      <Title order={2} size="h4" id="why" mb="sm">
        Why did this happen to …?
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setChosen(undefined);
          setAsked(typed.trim());
        }}
      >
        <Group align="end" gap="sm">
          <TextInput
            label="How their name begins"
            description="Or a DN, the number of a record, or the id in the directory."
            required
            withAsterisk={false}
            maxLength={500}
            spellCheck={false}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            className="wide"
          />
          <Button type="submit" variant="default" loading={found.isFetching}>
            Find out
          </Button>
        </Group>
      </form>
      <div aria-live="polite">
        {found.error === null ? null : <Refusal error={found.error} />}
        {found.data !== undefined && people.length === 0 ? (
          <Text mt="sm">The sync knows nobody whose name begins with “{asked}”.</Text>
        ) : null}
        {people.length < 2 || chosen !== undefined ? null : (
          <Found people={people} choose={setChosen} />
        )}
        {shown === undefined ? null : <Told syncId={syncId} person={shown} />}
      </div>
    </section>
  );
}

function Found({
  people,
  choose,
}: {
  readonly people: readonly Person[];
  readonly choose: (person: Chosen) => void;
}) {
  return (
    <ul className="candidates">
      {people.map((person) => (
        <li key={`${person.target}:${person.entryId}`}>
          <span>
            {person.name}{' '}
            <Text component="span" size="sm" c="dimmed" className="breaks">
              {person.target}, {person.dn}
            </Text>
          </span>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => choose(person)}
            aria-label={`Choose: ${person.name}, ${person.target}`}
          >
            Choose
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Told({ syncId, person }: { readonly syncId: number; readonly person: Chosen }) {
  const { data: trace, error } = useQuery(traceQuery(syncId, person));
  if (error !== null) return <Refusal error={error} />;
  if (trace === undefined) return null;
  return (
    <Stack gap="xs" mt="md">
      <Knows trace={trace} />
      {trace.plans.length === 0 ? <Text>No plan has spoken of them yet.</Text> : null}
      {trace.plans.map((plan) => (
        <Plan key={plan.planId} plan={plan} />
      ))}
    </Stack>
  );
}

function Knows({ trace: { person, place, dispute } }: { readonly trace: Trace }) {
  const said = person === null ? undefined : personStates[person.state];
  return (
    <div>
      {person === null ? null : (
        <>
          <Group gap="sm">
            <Text fw={600}>{person.name}</Text>
            {said === undefined ? null : <State tone={said.tone}>{said.word}</State>}
          </Group>
          <Text size="sm" c="dimmed" className="breaks">
            {person.dn}
            {place === null ? '' : ` · by the place ${place}`}
            {person.deskId === null ? '' : ` · record ${person.deskId}`}
            {person.due ? ' · planned again at the next sync' : ''}
          </Text>
        </>
      )}
      {dispute === null ? null : (
        <Text className="prose" title={dispute.code}>
          {dispute.sentence}
          {dispute.decision === null
            ? ' Nobody has decided yet.'
            : ` ${dispute.decidedBy ?? 'Somebody'} decided: ${decisionWords[dispute.decision] ?? dispute.decision}.`}
        </Text>
      )}
    </div>
  );
}

function Plan({ plan }: { readonly plan: Trace['plans'][number] }) {
  return (
    <article className="change" aria-label={`Plan of ${plan.at}`}>
      <Text size="sm" c="dimmed">
        <TextLink to="/plans/$planId" params={{ planId: plan.planId }} inherit>
          A plan
        </TextLink>{' '}
        <Time at={plan.at} /> by {plan.by}
      </Text>
      {plan.notes.map(({ sentence, code }) => (
        <Text key={sentence} className="prose" {...(code === null ? {} : { title: code })}>
          {sentence}
        </Text>
      ))}
      {plan.changes.map((change) => (
        <div key={`${change.kind} ${JSON.stringify(change.after)}`}>
          <Text mt={4}>
            To {changeWords[change.kind] ?? change.kind}
            {change.result === null ? ': not applied' : `: ${change.result}`}
            {change.outcome === null ? '.' : `, ${change.outcome}`}
          </Text>
          <Differences {...change} />
          {change.because.length === 0 ? null : (
            <ul className="because">
              {change.because.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </article>
  );
}
