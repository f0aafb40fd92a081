// A sync's settings as they stand in the editor: texts and ticks, made of what the hub has and into what it takes.
import type { Place, Sync } from './queries.ts';

type Settings = Sync['settings'];
type Mapping = Settings['fields'][number];

/** A row has a key of its own while it is edited: a new one has no id yet. */
export type PlaceRow = Place & { readonly key: string };
export type MappingRow = Mapping & { readonly key: string };

export type Draft = Omit<
  Settings,
  'places' | 'fields' | 'userMatching' | 'agentMatching' | 'schedule'
> & {
  readonly places: readonly PlaceRow[];
  readonly fields: readonly MappingRow[];
  readonly userMatching: string;
  readonly agentMatching: string;
  readonly runs: 'hand' | 'minutes' | 'cron';
  readonly everyMinutes: number;
  readonly cron: string;
  readonly active: boolean;
};

export function draftOf({ settings, active }: Pick<Sync, 'settings' | 'active'>): Draft {
  const { schedule, places, fields, userMatching, agentMatching, ...rest } = settings;
  const timed = schedule === null ? 'hand' : 'cron' in schedule ? 'cron' : 'minutes';
  return {
    ...rest,
    ...{ active, runs: timed },
    places: places.map((place) => ({ ...place, key: `place-${place.id}` })),
    fields: fields.map((field) => ({ ...field, key: `field-${field.id}` })),
    ...{ userMatching: userMatching.join(', '), agentMatching: agentMatching.join(', ') },
    everyMinutes: schedule !== null && 'everyMinutes' in schedule ? schedule.everyMinutes : 60,
    cron: schedule !== null && 'cron' in schedule ? schedule.cron : '0 5 * * *',
  };
}

/** What PATCH takes. */
export function bodyOf(draft: Draft) {
  const { active, runs, everyMinutes, cron, places, fields, ...rest } = draft;
  const schedule = { hand: null, minutes: { everyMinutes }, cron: { cron: cron.trim() } }[runs];
  return {
    active,
    settings: {
      ...rest,
      schedule,
      userMatching: namesOf(draft.userMatching),
      agentMatching: namesOf(draft.agentMatching),
      places: places.map(({ key: _, ...place }) => ({ ...place, ...belongsTo(place) })),
      fields: fields.map(({ key: _, ...field }) => field),
    },
  };
}

/** What was chosen for another kind of people stays behind. */
function belongsTo({ target, siteId, userRoleId, roleIds, cabId }: Omit<Place, 'id'>) {
  return {
    siteId: target === 'user' ? siteId : null,
    userRoleId: target === 'user' ? userRoleId : null,
    roleIds: target === 'agent' ? roleIds : [],
    cabId: target === 'cab-member' ? cabId : null,
  };
}

function namesOf(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** 0 is a row that the hub does not know yet. */
export function newPlace(key: string): PlaceRow {
  return {
    ...{ key, id: 0, name: '', target: 'user', kind: 'container', dn: '', recursive: true },
    ...{ filter: '', siteId: null, userRoleId: null, roleIds: [], cabId: null },
  };
}

export function newMapping(key: string): MappingRow {
  return { key, id: 0, target: 'user', from: '', to: '' };
}

export type Editing = {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
};
