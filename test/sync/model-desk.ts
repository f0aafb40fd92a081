// A desk and a directory in memory, and a whole sync between them: what properties of the planner are tried on.
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import { disputeDoubles } from '#domain/sync/doubles.ts';
import { draftOf, keyOf, type PlacedEntry } from '#domain/sync/draft.ts';
import type { Decision } from '#domain/sync/match-person.ts';
import { planGone } from '#domain/sync/plan-gone.ts';
import { type KnownPerson, type PlannedEntry, planPage } from '#domain/sync/plan-page.ts';
import { rulesOf } from '#domain/sync/rules.ts';
import { type Place, type Sync, SyncSettings, type SyncTarget } from '#domain/sync/settings.ts';

export type ModelDesk = {
  readonly people: ReadonlyMap<number, DeskPerson>;
  readonly known: ReadonlyMap<string, KnownPerson>;
};

export type ModelEntry = {
  readonly id: string;
  readonly dn?: string;
  readonly enabled?: boolean;
  readonly attributes: Attributes;
};

export const thePlace = {
  ...{ id: 1, name: 'People', target: 'user', dn: 'OU=People,DC=ad,DC=larkfield,DC=test' },
  siteId: 12,
} as const;

export const serviceDn = 'CN=svc-sundog,OU=Service Accounts,DC=ad,DC=larkfield,DC=test';

export function aSync(given: Partial<Record<keyof SyncSettings, unknown>> = {}): Sync {
  const fields = [
    ...[['displayName', 'name'] as const, ['givenName', 'firstName'] as const],
    ...[['sn', 'surname'] as const, ['mail', 'email'] as const, ['uid', 'login'] as const],
    ...[['title', 'title'] as const, ['thumbnailPhoto', 'photo'] as const],
    ['manager', 'manager'] as const,
  ];
  return {
    ...{ id: 7, connectionId: '00000000-0000-4000-8000-000000000001', deskConnectionId: null },
    ...{ clientId: null, version: 1 },
    settings: SyncSettings.parse({
      name: 'AD Larkfield',
      places: [thePlace],
      fields: fields.flatMap(([from, to], at) => [
        { id: at * 2 + 1, target: 'user', from, to },
        { id: at * 2 + 2, target: 'agent', from, to },
      ]),
      ...given,
    }),
  };
}

export function rulesFor(sync: Sync, target: SyncTarget = 'user', template?: Attributes) {
  return rulesOf(sync, target, {
    ...{ system: 'Sundog', serviceAccount: serviceDn },
    ...(template === undefined ? {} : { template }),
  });
}

export function placed(one: ModelEntry, place: Place): PlacedEntry {
  const { id, attributes, enabled = true } = one;
  const dn = one.dn ?? `CN=${id},${place.dn}`;
  return { place, digest: Buffer.alloc(16, 1), entry: { id, dn, enabled, attributes } };
}

export function aDesk(people: readonly Partial<DeskPerson>[] = []): ModelDesk {
  return {
    known: new Map(),
    people: new Map(
      people.map((one, at) => {
        const id = one.id ?? at + 1;
        const usual = { id, name: `Person ${id}`, active: true, administrator: false, fields: {} };
        return [id, { ...usual, ...one }];
      }),
    ),
  };
}

/** One whole reading: every page, who is gone, and whoever shares a key with another. */
export function syncOnce(
  sync: Sync,
  entries: readonly ModelEntry[],
  desk: ModelDesk,
  given: {
    readonly pageSize?: number;
    readonly decisions?: ReadonlyMap<string, Decision>;
    readonly target?: SyncTarget;
  } = {},
): readonly PlannedEntry[] {
  const target = given.target ?? 'user';
  const rules = rulesFor(sync, target);
  const [place] = rules.places;
  if (place === undefined) throw new Error('the sync has no place');
  const drafts = entries.map((one) => draftOf(rules, placed(one, place)));
  const taken = new Map(
    [...desk.known.values()].flatMap(({ deskId, entryId, state }) =>
      deskId === null ? [] : [[deskId, { entryId, isGone: state === 'gone' }] as const],
    ),
  );
  const planned: PlannedEntry[] = [];
  const size = given.pageSize ?? 3;
  for (let at = 0; at < drafts.length; at += size) {
    const page = drafts.slice(at, at + size);
    planned.push(
      ...planPage(rules, {
        ...{ drafts: page, known: desk.known, decisions: given.decisions ?? new Map() },
        ...{ desk: desk.people, taken, candidates: candidatesOf(desk, rules.matching) },
      }),
    );
  }
  const seen = new Set(entries.map(({ id }) => id));
  const gone = [...desk.known.values()].filter(
    ({ entryId, state }) => !seen.has(entryId) && state !== 'gone',
  );
  planned.push(...planGone(rules, gone, desk.people, new Set()));
  return withoutDoubles(planned);
}

function candidatesOf(desk: ModelDesk, fields: readonly string[]) {
  const found = new Map<string, DeskPerson[]>();
  for (const person of desk.people.values()) {
    for (const field of fields) {
      const value = person.fields[field]?.[0] ?? '';
      if (value === '') continue;
      const key = keyOf(field, value);
      found.set(key, [...(found.get(key) ?? []), person]);
    }
  }
  return found;
}

function withoutDoubles(planned: readonly PlannedEntry[]): PlannedEntry[] {
  const doubles = planned.flatMap(({ seen }) => {
    const record = seen.deskId === null || seen.state === 'gone' ? [] : [`record=${seen.deskId}`];
    return [...seen.keys, ...record].map((key) => {
      return { ...seen, key, joins: seen.joins && key.startsWith('record=') };
    });
  });
  const withdrawn = new Map(disputeDoubles(doubles).map((one) => [one.entryId, one]));
  return planned.map((one) => {
    const away = withdrawn.get(one.seen.entryId);
    if (away === undefined || one.seen.state === 'disputed') return one;
    const { dispute } = away;
    const seen = { ...one.seen, state: 'disputed' as const, deskId: null, changeId: null, dispute };
    return { ...one, seen, person: undefined };
  });
}

export function changesOf(planned: readonly PlannedEntry[]): Change[] {
  return planned.flatMap(({ person }) => person?.changes ?? []);
}

/** What an obedient desk makes of a plan, and what the sync remembers then. */
export function applied(desk: ModelDesk, planned: readonly PlannedEntry[]): ModelDesk {
  const people = new Map(desk.people);
  const created = new Map<string, number>();
  let next = Math.max(0, ...people.keys()) + 1;
  for (const change of changesOf(planned)) {
    const { target, after, kind } = change;
    const id = target.kind === 'existing' ? Number(target.id.split(':')[1]) : next;
    if (target.kind === 'planned') {
      created.set(change.id, id);
      next += 1;
    }
    const was = people.get(id) ?? blank(id);
    const fields = Object.fromEntries(
      Object.entries({ ...was.fields, ...after }).filter(
        ([name, values]) => name !== 'enabled' && values.length > 0,
      ),
    );
    const active = after.enabled === undefined ? was.active : after.enabled[0] === 'true';
    const name = after.name?.[0] ?? was.name;
    people.set(id, { ...was, name, fields, active: kind === 'create' ? true : active });
  }
  const known = new Map(desk.known);
  for (const { seen } of planned) {
    const deskId = seen.deskId ?? created.get(seen.changeId ?? '') ?? null;
    known.set(seen.entryId, { ...seen, deskId });
  }
  return { people, known };
}

function blank(id: number): DeskPerson {
  return { id, name: '', active: true, administrator: false, fields: {} };
}
