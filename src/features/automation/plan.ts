// Makes a plan: looks, plans, guards and keeps the result. It changes nothing outside, and cannot.

import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import { findPersonKey } from '#domain/find-person.ts';
import { judge, needsApproval } from '#domain/guards.ts';
import { type PlannedPage, planPage } from '#domain/planning.ts';
import { refuse } from '#domain/problem.ts';
import type { SourceFacts, SourceRead } from '#domain/record.ts';
import { planSentence } from '#domain/sentences.ts';
import { addUp, noTotals } from '#domain/totals.ts';
import type { Db } from '#store/db.ts';
import { type Loaded, loadAutomation } from './automations.ts';
import { lastDayMs } from './counted.ts';
import { FactsDocument } from './documents.ts';
import { doneSince } from './history.ts';
import { listLinks } from './links.ts';
import { lookAtDirectory, readPeople } from './look.ts';
import type { LookPorts } from './ports.ts';
import { storePlan } from './store-plan.ts';

export type Asked = {
  /** Plans one person only, by the primary key of the source or a name that is theirs alone. */
  readonly person?: string | undefined;
  readonly actor: Actor;
  readonly signal?: AbortSignal;
  /** Tells nobody that the plan waits: somebody is told of its like already. */
  readonly quiet?: boolean;
};

export type MadePlan = {
  readonly id: string;
  readonly hash: string;
  readonly changeCount: number;
  readonly needsApproval: boolean;
};

export async function planAutomation(
  ports: LookPorts,
  automationId: string,
  asked: Asked,
): Promise<MadePlan> {
  const loaded = await loadAutomation(ports, automationId, asked.actor);
  const now = ports.clock();
  const { source, page } = await lookAndPlan(ports, loaded, asked.signal);
  const { definition } = loaded;
  const { automation } = definition;
  const personKey =
    asked.person === undefined ? null : findPersonKey(source, asked.person, automation.name);
  const chosen = personKey === null ? page : onlyPerson(page, personKey, loaded);
  const lastDay = await doneSince(
    ports.db,
    automation.directoryConnectionId,
    new Date(now.getTime() - lastDayMs),
  );
  const guards = judge({
    totals: chosen.totals,
    limits: automation.guards,
    source: source.facts,
    lastSource: await lastSourceOf(ports.db, automationId),
    lastDay,
    accounts: page.accounts,
    gone: page.gone,
    protectedLeftOut: chosen.protectedLeftOut,
    firstRun: await isFirstRun(ports.db, automationId, loaded),
  });
  const needsYes = needsApproval(approvalOf(loaded), guards);
  const records = new Map(source.records.map((record) => [record.key, record]));
  const stored = await storePlan(
    ports,
    {
      of: { kind: 'automation', id: automationId, version: automation.version },
      digest: loaded.digest,
      title: automation.name,
      clientId: automation.clientId,
      sentence: planSentence(chosen.totals, 'other'),
      undoesRunId: null,
      personKey,
      sourceConnectionId: sourceOf(loaded),
      source: source.facts,
      guards,
      accounts: page.accounts,
      needsApproval: needsYes,
      people: chosen.people,
      links: chosen.links,
      record: (key) => records.get(key),
    },
    asked.actor,
    { quiet: asked.quiet ?? false },
  );
  return { ...stored, needsApproval: needsYes };
}

/** The reading half, shared with explain: the whole source, the directory, and the pure plan. */
export async function lookAndPlan(
  ports: LookPorts,
  loaded: Loaded,
  signal?: AbortSignal,
): Promise<{ readonly source: SourceRead; readonly page: PlannedPage }> {
  const { definition } = loaded;
  const now = ports.clock();
  const source = await readPeople(ports, definition, signal);
  const directoryId = definition.automation.directoryConnectionId;
  const links = await listLinks(ports.db, sourceOf(loaded), directoryId);
  const known = await lookAtDirectory(ports, definition, source, links, now);
  return { source, page: planPage(definition, source, known, now) };
}

export function sourceOf({ definition }: Loaded): string {
  const [main] = definition.endpoints;
  if (main === undefined) throw new TypeError('an automation without a source was let in');
  return main.connectionId;
}

function onlyPerson(page: PlannedPage, key: string, { definition }: Loaded): PlannedPage {
  const people = page.people.filter((person) => person.key === key);
  if (people.length === 0) {
    refuse('person.unknown', { automation: definition.automation.name, key });
  }
  const changes: Change[] = people.flatMap((person) => [...person.changes]);
  return {
    ...page,
    people,
    changes,
    notes: people.flatMap((person) => [...person.notes]),
    links: page.links.filter(({ personKey }) => personKey === key),
    totals: addUp(noTotals, changes),
    protectedLeftOut: 0,
  };
}

/** What the source was when a plan for everybody was last applied, or found nothing to do. */
export async function lastSourceOf(db: Db, automationId: string): Promise<SourceFacts | undefined> {
  const row = await db
    .selectFrom('plans')
    .select('source')
    .where('automation_id', '=', automationId)
    .where('undoes_run_id', 'is', null)
    .where('person_key', 'is', null)
    .where((where) =>
      where.or([
        where('state', 'in', ['applying', 'applied']),
        where.and([
          where('state', '=', 'waiting'),
          where('change_count', '=', 0),
          where('verdict', '=', 'pass'),
        ]),
      ]),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : FactsDocument.parse(row.source);
}

/** Only the lab's sample may go without a first yes; for all others `never` begins after it. */
function approvalOf({ definition, trustedSample }: Loaded): 'always' | 'first-run' | 'never' {
  const { approval } = definition.automation;
  return approval === 'never' && !trustedSample ? 'first-run' : approval;
}

/** A first run is the first of just this automation with just these definitions: an edit begins anew. */
async function isFirstRun(db: Db, automationId: string, loaded: Loaded): Promise<boolean> {
  const row = await db
    .selectFrom('plans')
    .select('id')
    .where('automation_id', '=', automationId)
    .where('definition_digest', '=', loaded.digest)
    .where('undoes_run_id', 'is', null)
    .where('state', 'in', ['applying', 'applied'])
    .limit(1)
    .executeTakeFirst();
  return row === undefined;
}
