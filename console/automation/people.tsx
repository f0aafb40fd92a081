// The left side of a plan: its people by situation, found by a few letters or with j and k.
import { Text, TextInput } from '@mantine/core';
import type { Ref } from 'react';
import type { PlanPersonWire } from '#features/automation/wire.ts';
import { counted, type PeopleGroup } from './plan-view.ts';

type Choice = {
  readonly chosen: string | undefined;
  readonly choose: (person: PlanPersonWire) => void;
};

export function People({
  groups,
  find,
  search,
  setFind,
  ...choice
}: Choice & {
  readonly groups: readonly PeopleGroup[];
  readonly find: string;
  readonly search: Ref<HTMLInputElement>;
  readonly setFind: (words: string) => void;
}) {
  return (
    <nav className="people" aria-label="People in this plan">
      <TextInput
        ref={search}
        aria-label="Search people and changes"
        placeholder="Search people and changes"
        value={find}
        onChange={(event) => setFind(event.currentTarget.value)}
        mb="sm"
      />
      {groups.map((group) => (
        <PeopleOf key={group.group} group={group} open={find !== ''} {...choice} />
      ))}
      {groups.length === 0 ? <Text c="dimmed">Nobody fits “{find}”.</Text> : null}
    </nav>
  );
}

/** Those with nothing to do stay folded until one asks for them. */
function PeopleOf({
  group: { group, title, people },
  open,
  ...choice
}: Choice & { readonly group: PeopleGroup; readonly open: boolean }) {
  const has = people.some(({ key }) => key === choice.chosen);
  if (group !== 'unchanged') {
    return (
      <section aria-label={title}>
        <h2 className="people-title">
          <span>{title}</span>
          <span className="number">{people.length}</span>
        </h2>
        <Names people={people} {...choice} />
      </section>
    );
  }
  return (
    <details className="folded" open={open || has}>
      <summary className="people-title">
        <span>{title}</span>
        <span className="number">{people.length}</span>
      </summary>
      <Names people={people} {...choice} />
    </details>
  );
}

function Names({
  people,
  chosen,
  choose,
}: Choice & { readonly people: readonly PlanPersonWire[] }) {
  return people.map((person) => (
    <button
      key={person.key}
      type="button"
      className="person"
      aria-current={person.key === chosen}
      onClick={() => choose(person)}
    >
      <span>{person.name}</span>
      {person.changes === 0 ? null : (
        <span className="number" title={counted(person.changes, 'change')}>
          {person.changes}
        </span>
      )}
    </button>
  ));
}
