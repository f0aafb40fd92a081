// Which attributes people have in a directory: as some of them show, and as its schema lets them.
import { isUtf8 } from 'node:buffer';
import type { DirectoryAttribute, Listed } from '#domain/ports/directory-browse.ts';
import type { ScanQuery } from '#domain/ports/directory-scan.ts';
import { type Entry, firstBytes, firstText } from './entry.ts';
import { filterOf } from './filter-of.ts';
import { decoded, namesIn, type RawEntry } from './raw-entry.ts';
import { unread } from './refusals.ts';
import { attributesAllowed } from './schema.ts';
import { rawPages } from './search.ts';
import type { Session } from './session.ts';

const sampleMax = 100;
const exampleCharactersMax = 80;

/** What is nobody's to see or to map. */
const secret =
  /^(?:userPassword|unicodePwd|dBCSPwd|(?:nt|lm)PwdHistory|supplementalCredentials|samba(?:NT|LM)Password|krbPrincipalKey|msDS-ManagedPassword.*|ms-Mcs-AdmPwd.*|msLAPS-.*)$/i;

export async function attributesSeen(
  session: Session,
  { base, filter }: Pick<ScanQuery, 'base' | 'filter'>,
  signal?: AbortSignal,
): Promise<Listed<DirectoryAttribute>> {
  const below = base === '' ? session.root.baseDn : base;
  const idName = session.root.activeDirectory ? 'objectGUID' : 'entryUUID';
  const search = { base: below, filter: filterOf(filter), attributes: ['*', idName] };
  const sample: RawEntry[] = [];
  try {
    for await (const { entries } of rawPages(session, search, { signal, size: sampleMax })) {
      sample.push(...entries);
      if (sample.length >= sampleMax) break;
    }
    const seen = new Map<string, DirectoryAttribute>();
    for (const raw of sample.slice(0, sampleMax)) count(raw, seen);
    const allowed = await attributesAllowed(session, sample[0] && decoded(sample[0]));
    for (const name of allowed) {
      const key = name.toLowerCase();
      if (!seen.has(key)) seen.set(key, { name, seen: 0, example: null });
    }
    const items = [...seen.values()]
      .filter(({ name }) => !secret.test(name))
      .toSorted(
        (a, b) => b.seen - a.seen || (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1),
      );
    const cut =
      sample.length < sampleMax
        ? null
        : `The first ${sampleMax} entries were looked at; others may have other attributes.`;
    return { items, cut };
  } catch (error) {
    throw unread(error, below);
  }
}

function count(raw: RawEntry, seen: Map<string, DirectoryAttribute>): void {
  const entry = decoded(raw);
  const names = new Map(namesIn(raw).map((name) => [name.toLowerCase(), name]));
  for (const [key, name] of names) {
    const before = seen.get(key);
    seen.set(key, {
      name,
      seen: (before?.seen ?? 0) + 1,
      example: before?.example ?? (secret.test(name) ? null : exampleOf(entry, name)),
    });
  }
}

function exampleOf(entry: Entry, name: string): string | null {
  const bytes = firstBytes(entry, name);
  if (bytes === undefined) return null;
  const text = firstText(entry, name) ?? '';
  const readable = text !== bytes.toString('base64') || isText(bytes);
  if (!readable || (text === bytes.toString('utf8') && !isText(bytes))) return null;
  return text.length > exampleCharactersMax ? `${text.slice(0, exampleCharactersMax)}…` : text;
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.some((octet) => octet < 0x20 && octet !== 0x0a && octet !== 0x0d);
}
