// Everyone an automation looks at, with all that follows from the record alone: match, leaving, start, container.

import { macrosOf, type Template } from '#lib/macros.ts';
import { own } from '#lib/own.ts';
import type { Attributes } from './account.ts';
import type { AutomationDefinition, Container } from './automation.ts';
import { systemOf } from './automation.ts';
import { holds } from './criteria.ts';
import type { Known } from './looking.ts';
import { fillTemplate, type MacroScope, readTemplate } from './macro.ts';
import { isForExisting, mapAttributes, type ReadyRow, readyRows } from './mapping.ts';
import { type Match, matchRecords } from './match.ts';
import type { Origin } from './origin.ts';
import { refuse } from './problem.ts';
import type { SourceRead, SourceRecord } from './record.ts';
import { type Start, startOf } from './start-date.ts';
import type { Subject } from './subject.ts';

/** A definition with its templates read once, for all people of a page. */
export type Ready = {
  readonly definition: AutomationDefinition;
  readonly rows: readonly ReadyRow[];
  readonly source: string;
  readonly directory: Subject['directory'];
  readonly now: Date;
  /** Reads a template the first time it is met. */
  template(text: string): Template;
};

export type Person = {
  readonly match: Match;
  readonly record: SourceRecord;
  readonly inScope: boolean;
  readonly leaving: boolean;
  readonly starts: Start | undefined;
  /** Where a sync brought them from this very directory. */
  readonly origin: Origin | undefined;
};

export function makeReady(definition: AutomationDefinition, now: Date): Ready {
  const { automation, endpoints, mapping } = definition;
  const templates = new Map<string, Template>();
  return {
    definition,
    now,
    rows: readyRows(mapping),
    source: systemOf(definition, endpoints[0]?.connectionId ?? ''),
    directory: {
      connectionId: automation.directoryConnectionId,
      system: systemOf(definition, automation.directoryConnectionId),
    },
    template(text) {
      const known = templates.get(text);
      if (known !== undefined) return known;
      const template = readTemplate(text);
      templates.set(text, template);
      return template;
    },
  };
}

/** Matches everyone; those with a record come with what follows from it. */
export function peopleOf(
  ready: Ready,
  source: SourceRead,
  known: Known,
): { readonly matches: readonly Match[]; readonly people: readonly Person[] } {
  const matches = matchRecords(ready.definition, source, known, ready.now);
  const people = matches.flatMap((match) =>
    match.record === undefined ? [] : [personOf(ready, match, match.record, known)],
  );
  return { matches, people };
}

/** Whether this plan gives the person an account: new, here to stay, not from there, and a step creates accounts. */
export function isNewcomer({ definition }: Ready, person: Person): boolean {
  const creates = definition.automation.steps.some(({ action }) => action === 'create-account');
  const { match, leaving, origin } = person;
  return creates && match.situation === 'new' && !leaving && origin === undefined;
}

/** The container for a new account; refuses when none is chosen for the person. */
export function containerFor(ready: Ready, { record }: Person): string {
  const { container } = ready.definition.automation;
  return fillTemplate(
    ready.template(choose(container, record)),
    'dn',
    scopeOf(ready, record, undefined),
  );
}

export function scopeOf(
  ready: Ready,
  record: SourceRecord,
  account: Attributes | undefined,
): MacroScope {
  return {
    now: ready.now,
    columns: record.columns,
    environment: ready.definition.environment,
    action: { automation: ready.definition.automation.name },
    ...(account === undefined ? {} : { account }),
  };
}

/** What an action sees of a person, save what only planning knows. */
export function subjectOf(
  ready: Ready,
  person: Person,
  given: Pick<Subject, 'step' | 'names' | 'container' | 'created' | 'groups'>,
): Subject {
  const { match, record, leaving, starts, origin } = person;
  const account = match.account;
  const scope = (attributes: Attributes | undefined) => scopeOf(ready, record, attributes);
  return {
    ...given,
    now: ready.now,
    record,
    directory: ready.directory,
    source: ready.source,
    found: match.sentence,
    account,
    link: match.link,
    leaving,
    starts,
    origin,
    mappedForNew: (names) => mapAttributes(ready.rows, scope(names)),
    mappedForExisting: (only) =>
      mapAttributes(
        ready.rows
          .filter(isForExisting)
          .filter(({ row }) => only.length === 0 || only.includes(row.attribute)),
        scope(account?.attributes),
      ),
    fill: (template) =>
      fillTemplate(ready.template(template), 'plain', scope(account?.attributes)).trim(),
  };
}

/** The attributes that macros read off the account: %ad.x%, and %x% where no column is called so. */
export function attributesRead(ready: Ready): string[] {
  const { automation, endpoints } = ready.definition;
  const columns = new Set(endpoints.flatMap((one) => one.columns.map(({ name }) => name)));
  const groups = automation.steps.flatMap((step) =>
    step.action === 'add-to-groups' ? step.settings.rules.flatMap((rule) => rule.groups) : [],
  );
  return [...ready.rows.map(({ template }) => template), ...groups.map(ready.template)]
    .flatMap(macrosOf)
    .filter(({ prefix, name }) => prefix === 'ad' || (prefix === undefined && !columns.has(name)))
    .map(({ name }) => name);
}

function personOf(ready: Ready, match: Match, record: SourceRecord, known: Known): Person {
  const { now } = ready;
  const { automation } = ready.definition;
  const start = startOf(automation.startDate, record.columns);
  return {
    match,
    record,
    inScope: holds(automation.scope, record.columns, now),
    leaving: automation.steps.some(
      (step) => step.action === 'disable-account' && holds(step.settings.when, record.columns, now),
    ),
    starts: start !== undefined && start.at > now ? start : undefined,
    origin: known.origins.get(record.key),
  };
}

function choose(container: Container, record: SourceRecord): string {
  if (container.kind === 'fixed') return container.dn;
  const cell = own(record.columns, container.column);
  const value = typeof cell === 'string' ? cell.trim() : String(cell ?? '');
  const chosen = own(container.containers, value) ?? container.otherwise;
  return (
    chosen ??
    refuse('container.unchosen', {
      column: container.column,
      value: value === '' ? 'empty' : value,
    })
  );
}
