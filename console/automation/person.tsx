// The right side of a plan: one person's changes in order, what is left alone and why, and the way there.
import { Button, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { ExplainedWire, type PlanPersonWire, type PlanWire } from '#features/automation/wire.ts';
import { Change } from './change.tsx';
import { changesOf } from './plan-view.ts';

const steps = {
  fetch: 'Fetched',
  join: 'Joined',
  scope: 'In scope?',
  match: 'Matched',
  mapping: 'Mapped',
  decision: 'Decided',
} as const;

export function Person({
  plan,
  person,
  find,
}: {
  readonly plan: PlanWire;
  readonly person: PlanPersonWire;
  readonly find: string;
}) {
  const changes = changesOf(plan, person.key, find);
  return (
    <section aria-label={person.name} className="chosen">
      <Title order={2} size="h3" title={person.key}>
        {person.name}
      </Title>
      {person.notes.map((note) => (
        <Text key={note.sentence} mt="xs" {...(note.code === null ? {} : { title: note.code })}>
          {note.sentence}
        </Text>
      ))}
      {changes.length === 0 && person.notes.length === 0 ? (
        <Text mt="xs" c="dimmed">
          Everything is as it should be; nothing changes.
        </Text>
      ) : null}
      {changes.map((change) => (
        <Change key={change.id} change={change} />
      ))}
      {changes.length < person.changes ? (
        <Text mt="sm" size="sm" c="dimmed">
          {changes.length} of {person.changes} changes are shown.
        </Text>
      ) : null}
      {plan.undoes === null && plan.automation.kind === 'automation' ? (
        <Why key={person.key} plan={plan} person={person} />
      ) : null}
    </section>
  );
}

/** Looks again, now: the way from the source to this plan, step by step. */
function Why({ plan, person }: { readonly plan: PlanWire; readonly person: PlanPersonWire }) {
  const [asked, setAsked] = useState(false);
  const path = `/v1/automations/${plan.automation.id}/people/${encodeURIComponent(person.key)}`;
  const { data, error, isFetching } = useQuery({
    queryKey: ['explanation', plan.automation.id, person.key],
    queryFn: () => get(`${path}/explanation`, ExplainedWire),
    enabled: asked,
  });
  return (
    <div className="why">
      {data === undefined ? (
        <Group gap="sm">
          <Button variant="default" size="xs" loading={isFetching} onClick={() => setAsked(true)}>
            Why? Follow {person.name} through the automation
          </Button>
        </Group>
      ) : (
        <dl className="steps">
          {data.lines.map(({ step, sentence }) => (
            <div key={`${step} ${sentence}`}>
              <dt>{steps[step]}</dt>
              <dd>{sentence}</dd>
            </div>
          ))}
        </dl>
      )}
      {error === null ? null : <Refusal error={error} />}
    </div>
  );
}
