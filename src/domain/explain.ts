// Explaining one person: fetch, join, scope, match, mapping and decision, step by step, as sentences.
import { spell } from '#lib/macros.ts';
import type { AutomationDefinition } from './automation.ts';
import { criteriaSentence, holds } from './criteria.ts';
import type { Known } from './looking.ts';
import { makeReady, type Person, peopleOf, type Ready, subjectOf } from './people.ts';
import type { PlannedPerson } from './plan.ts';
import { planPage } from './planning.ts';
import { Problem } from './problem.ts';
import type { SourceRead } from './record.ts';
import { changeSentence } from './sentences.ts';
import { counted, listed } from './words.ts';

export type ExplainedLine = {
  readonly step: 'fetch' | 'join' | 'scope' | 'match' | 'mapping' | 'decision';
  readonly sentence: string;
};

/** Why a person's plan is what it is. Whoever cannot be found is explained too. */
export function explain(
  definition: AutomationDefinition,
  source: SourceRead,
  known: Known,
  personKey: string,
  now: Date,
): ExplainedLine[] {
  const ready = makeReady(definition, now);
  const { matches, people } = peopleOf(ready, source, known);
  const planned = planPage(definition, source, known, now).people.find(
    ({ key }) => key === personKey,
  );
  const person = people.find(({ match }) => match.personKey === personKey);
  const match = matches.find((one) => one.personKey === personKey);
  return [
    ...fetchLines(ready, source, personKey),
    ...scopeLines(definition, source, personKey, now),
    ...(match === undefined ? [] : [line('match', `${match.sentence}.`)]),
    ...(person === undefined ? [] : mappingLines(ready, person, planned, known)),
    ...decisionLines(planned),
  ];
}

function fetchLines(ready: Ready, source: SourceRead, personKey: string): ExplainedLine[] {
  const { endpoints } = ready.definition;
  const read = `${endpoints.map(({ name }) => name).join(' and ')} gave ${counted(source.facts.records, 'person', 'people')}`;
  const record = source.records.find(({ key }) => key === personKey);
  if (record === undefined) {
    const refusal = source.refusals.find(({ key }) => key === personKey);
    const found = refusal === undefined ? 'is not among them' : 'is among them, but was refused';
    return [line('fetch', `${read}; ${personKey} ${found}.`)];
  }
  const cells = Object.entries(record.columns).map(
    ([column, cell]) => `${column} is ${cell === null ? 'empty' : spell(cell)}`,
  );
  return [
    line('fetch', `${read}; ${record.name} (${personKey}) is among them.`),
    line('join', `${listed(cells)}.`),
  ];
}

function scopeLines(
  definition: AutomationDefinition,
  source: SourceRead,
  personKey: string,
  now: Date,
): ExplainedLine[] {
  const record = source.records.find(({ key }) => key === personKey);
  if (record === undefined) return [];
  const { scope } = definition.automation;
  const place = holds(scope, record.columns, now) ? 'in' : 'outside';
  return [line('scope', `${record.name} is ${place} the scope: ${criteriaSentence(scope)}.`)];
}

function mappingLines(
  ready: Ready,
  person: Person,
  planned: PlannedPerson | undefined,
  known: Known,
): ExplainedLine[] {
  const created = planned?.changes.find(({ kind }) => kind === 'create');
  if (person.match.account === undefined && created === undefined) return [];
  const given = { step: 0, names: undefined, container: undefined, created, groups: known.groups };
  const subject = subjectOf(ready, person, given);
  try {
    const mapped =
      created === undefined ? subject.mappedForExisting([]) : subject.mappedForNew(created.after);
    return mapped.map(({ attribute, values }) => {
      const value = values.length === 0 ? 'empty' : values.join(', ');
      const template = ready.rows.find(({ row }) => row.attribute === attribute)?.row.value ?? '';
      return line('mapping', `${attribute} = ${template} is ${value}.`);
    });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return [line('mapping', problem.message)];
  }
}

function decisionLines(planned: PlannedPerson | undefined): ExplainedLine[] {
  const changes = (planned?.changes ?? []).map((change) =>
    line('decision', `${sentenceCase(changeSentence(change))}: ${change.because.join('; ')}.`),
  );
  const notes = (planned?.notes ?? []).map(({ sentence }) => line('decision', sentence));
  const all = [...changes, ...notes];
  return all.length > 0 ? all : [line('decision', 'There is nothing to do.')];
}

function sentenceCase(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function line(step: ExplainedLine['step'], sentence: string): ExplainedLine {
  return { step, sentence };
}
