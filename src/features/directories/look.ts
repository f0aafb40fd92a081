// Looks at a directory for whoever sets up a sync: tries it stage by stage, lists its tree, shows some of its people.
import type { ProbeResult, ProbeStage } from '#domain/connection.ts';
import { DirectoryRefusal, type DirectoryRefusalCode } from '#domain/ports/directory.ts';
import type {
  DirectoryBrowser,
  DirectoryContainer,
  DirectoryGroup,
} from '#domain/ports/directory-browse.ts';
import type { DirectoryEntry, ScanQuery } from '#domain/ports/directory-scan.ts';
import { peopleFilter } from '#domain/sync/people-filter.ts';
import type { Place, SyncSettings } from '#domain/sync/settings.ts';
import { parseDn } from '#lib/dn.ts';
import type { Candidate, ConnectionPort } from './connection-port.ts';

export const lookLimits = { containers: 500, peopleOfPlace: 50, people: 500, places: 20 } as const;

/** The stages of reaching it are those of its connection's own test; reading its people may show more of them. */
export type Tried =
  | { readonly ok: true; readonly sentence: string }
  | { readonly ok: false; readonly stage: ProbeStage; readonly sentence: string };

export async function tryDirectory(
  connections: Pick<ConnectionPort, 'probe' | 'browse'>,
  candidate: Candidate,
  { baseDn, contacts }: Pick<SyncSettings, 'baseDn' | 'contacts'>,
  signal: AbortSignal,
): Promise<Tried> {
  const probed: ProbeResult = await connections.probe(candidate, signal);
  if (!probed.ok) return probed;
  try {
    await using directory = await connections.browse(candidate);
    const query = everybody(baseDn, peopleFilter({ contacts }, { filter: '' }));
    const { items } = await directory.people(query, 1, signal);
    if (items.length > 0) return probed;
    const sentence = `${probed.sentence} Nobody is seen below ${baseDn || 'its naming context'}: let the account read the people, or correct the base.`;
    return { ok: false, stage: 'rights', sentence };
  } catch (error) {
    if (!(error instanceof DirectoryRefusal)) throw error;
    return { ok: false, stage: stages[error.code] ?? 'answer', sentence: error.message };
  }
}

const stages: Partial<Readonly<Record<DirectoryRefusalCode, ProbeStage>>> = {
  'container.missing': 'base',
  'object.missing': 'base',
  'value.refused': 'base',
  'rights.missing': 'rights',
  'credentials.refused': 'credentials',
};

function everybody(base: string, filter: string): ScanQuery {
  return { base, scope: 'sub', filter, attributes: [] };
}

export type Seen = {
  readonly containers: readonly DirectoryContainer[];
  readonly groups: readonly DirectoryGroup[];
  /** Why there may be more, in sentences. */
  readonly cut: readonly string[];
};

/** By a part of the name, or directly below a DN. */
export async function listTree(
  directory: DirectoryBrowser,
  { text, baseDn }: { readonly text: string; readonly baseDn: string },
  signal: AbortSignal,
): Promise<Seen> {
  const isDn = text.includes('=') && parseDn(text) !== undefined;
  const query = {
    below: isDn ? text : baseDn,
    scope: isDn ? ('one' as const) : ('sub' as const),
    text: isDn ? '' : text,
    limit: lookLimits.containers,
  };
  const containers = await directory.containers(query, signal);
  const groups = await directory.groups(query, signal);
  const cut = [containers.cut, groups.cut].filter((sentence) => sentence !== null);
  return { containers: containers.items, groups: groups.items, cut };
}

export type Preview = {
  readonly place: Place;
  readonly people: readonly DirectoryEntry[];
  readonly cut: string | null;
};

export type PreviewAsked = {
  /** A filter of one's own, or a part of the name. */
  readonly text: string;
  readonly attributes: readonly string[];
  /** Whom it leaves out: those that are known already. */
  readonly isKnown?: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
};

/** Some of those whom the sync would read at this place. */
export async function previewPlace(
  directory: DirectoryBrowser,
  settings: Pick<SyncSettings, 'contacts' | 'baseDn'>,
  place: Place,
  { text, attributes, isKnown }: PreviewAsked,
  signal: AbortSignal,
): Promise<Preview> {
  const own = peopleFilter(settings, place);
  const filter = text.trim() === '' ? own : `(&${own}${named(text.trim())})`;
  const query: ScanQuery =
    place.kind === 'group'
      ? {
          ...{ base: settings.baseDn, scope: 'sub', filter, attributes },
          memberOf: { dn: place.dn, nested: place.recursive },
        }
      : { base: place.dn, scope: place.recursive ? 'sub' : 'one', filter, attributes };
  const wanted = isKnown === undefined ? lookLimits.peopleOfPlace : lookLimits.people;
  const { items, cut } = await directory.people(query, wanted, signal);
  const known = (await isKnown?.(items.map(({ id }) => id))) ?? new Set<string>();
  const fresh = items.filter(({ id }) => !known.has(id));
  const people = fresh.slice(0, lookLimits.peopleOfPlace);
  const more = fresh.length > people.length ? `The first ${people.length} are shown.` : null;
  return { place, people, cut: cut ?? more };
}

function named(text: string): string {
  if (text.startsWith('(')) return text;
  const part = text.replace(
    /[\\*()\0]/g,
    (sign) => `\\${Buffer.from(sign).toString('hex').padStart(2, '0')}`,
  );
  return `(|(cn=*${part}*)(mail=*${part}*)(sAMAccountName=*${part}*)(uid=*${part}*))`;
}
