// Changes by content synchronisation (RFC 4533), refreshOnly: what OpenLDAP's syncprov tells since a cookie.
import { BerWriter, PresenceFilter, ResultCodeError, SearchRequest } from 'ldapts';
import { BookmarkRefused, type Changes } from '#domain/ports/directory-changes.ts';
import { uuidText } from '#lib/guid.ts';
import { broken, Cursor, tags } from './ber.ts';
import { Flood } from './connection.ts';
import { containerKind } from './containers.ts';
import { controlOf, controlValue } from './controls.ts';
import { textsOf } from './entry.ts';
import { decoded } from './raw-entry.ts';
import { readBase } from './read-base.ts';
import { incomplete, refusal } from './refusals.ts';
import type { Session } from './session.ts';

const oids = {
  request: '1.3.6.1.4.1.4203.1.9.1.1',
  state: '1.3.6.1.4.1.4203.1.9.1.2',
  done: '1.3.6.1.4.1.4203.1.9.1.3',
  info: '1.3.6.1.4.1.4203.1.9.1.4',
} as const;

const refreshOnly = 1;
const states = { present: 0, add: 1, modify: 2, delete: 3 } as const;
const idSet = 0xa3;
const refreshRequired = 4096;
/** `rid` and one change sequence number for each server that writes: time, count, server, modification. */
const cookieForm =
  /^rid=\d{1,3},(?:sid=[\da-f]{1,3},)?csn=\d{14}\.\d{6}Z#[\da-f]{6}#[\da-f]{3}#[\da-f]{6}(?:;\d{14}\.\d{6}Z#[\da-f]{6}#[\da-f]{3}#[\da-f]{6})*(?:,delcsn=\S+)?$/;

/** What syncprov would give as cookie now; undefined where nothing is provided for synchronisation. */
export async function syncCookieOfNow(session: Session): Promise<string | undefined> {
  const connection = await session.connection();
  const entry = await readBase(connection, session.root.context, ['contextCSN']);
  const csns = entry === undefined ? [] : textsOf(entry, 'contextCSN');
  return csns.length === 0 ? undefined : `rid=000,csn=${csns.toSorted().join(';')}`;
}

export async function changesBySyncrepl(
  session: Session,
  since: string,
  signal?: AbortSignal,
): Promise<Omit<Changes, 'bookmark'> & { readonly cookie: string }> {
  // Of a cookie it cannot read slapd thinks as of none: it would tell everybody, and that nobody is gone.
  if (!cookieForm.test(since)) throw new BookmarkRefused('The cookie is none.');
  const connection = await session.connection();
  const request = new SearchRequest({
    messageId: 0,
    baseDN: session.root.context,
    scope: 'sub',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: ['objectClass'],
    sizeLimit: 0,
    timeLimit: 0,
    controls: [controlOf(oids.request, requestValue(since))],
  });
  const answer = await session.slots
    .run(() => connection.send(request))
    .catch((error: unknown) => {
      if (error instanceof ResultCodeError && error.code === refreshRequired) {
        throw new BookmarkRefused('The directory asks for a full read.', { cause: error });
      }
      // It tells them in one answer, however many they are (RFC 4533 §3.3): a whole read comes in pages.
      if (error instanceof Flood) {
        throw new BookmarkRefused('More changed than is taken in at once.', { cause: error });
      }
      throw refusal(error);
    });
  if (signal?.aborted) throw incomplete('it was stopped');
  const changed = new Set<string>();
  const deleted = new Set<string>();
  let restructured = false;
  // Told who is still there instead of who is gone: its record of deletions does not reach back so far.
  let toldPresent = false;
  for (const raw of answer.entries) {
    const { state, id } = readState(controlValue(raw.controls, oids.state) ?? broken());
    if (state === states.delete) deleted.add(id);
    else if (state === states.present) toldPresent = true;
    else {
      changed.add(id);
      restructured ||= containerKind(decoded(raw)) !== undefined;
    }
  }
  for (const contents of answer.ending.intermediates) {
    const set = readIdSet(contents);
    if (set === undefined) continue;
    if (set.deletes) for (const id of set.ids) deleted.add(id);
    else toldPresent = true;
  }
  const done = readDone(controlValue(answer.ending.controls, oids.done));
  // A server that began anew tells everybody and nobody's end; only one that says so told every deletion.
  const nothing = changed.size + deleted.size === 0 && !toldPresent;
  const seesDeletions = !toldPresent && (done.toldDeletions || nothing);
  return { changed, deleted, seesDeletions, restructured, cookie: done.cookie ?? since };
}

function requestValue(cookie: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeEnumeration(refreshOnly);
  writer.writeBuffer(Buffer.from(cookie), tags.octets);
  writer.endSequence();
  return writer.buffer;
}

/** Sync State: which entry, and what became of it. */
function readState(value: Buffer): { readonly state: number; readonly id: string } {
  const cursor = new Cursor(value);
  cursor.enter(0, value.length, tags.sequence);
  const end = cursor.to;
  cursor.enter(cursor.from, end, tags.enumerated);
  const state = value[cursor.from] ?? broken();
  cursor.enter(cursor.to, end, tags.octets);
  return { state, id: idOf(value.subarray(cursor.from, cursor.to)) };
}

type Done = { readonly cookie: string | undefined; readonly toldDeletions: boolean };

/** Sync Done: the new cookie, if it has one, and whether what is gone was told (refreshDeletes). */
function readDone(value: Buffer | undefined): Done {
  let done: Done = { cookie: undefined, toldDeletions: false };
  if (value === undefined) return done;
  const cursor = new Cursor(value);
  cursor.enter(0, value.length, tags.sequence);
  const end = cursor.to;
  for (let at = cursor.from; at < end; at = cursor.to) {
    cursor.next(at, end);
    const tag: number = cursor.tag;
    if (tag === tags.octets)
      done = { ...done, cookie: value.toString('utf8', cursor.from, cursor.to) };
    if (tag === tags.boolean) done = { ...done, toldDeletions: value[cursor.from] !== 0 };
  }
  return done;
}

/** Of the kinds of Sync Info the one that names entries; undefined for the others. */
function readIdSet(
  contents: Buffer,
): { readonly deletes: boolean; readonly ids: readonly string[] } | undefined {
  const cursor = new Cursor(contents);
  cursor.enter(0, contents.length, 0x80);
  if (contents.toString('latin1', cursor.from, cursor.to) !== oids.info) return undefined;
  cursor.enter(cursor.to, contents.length, 0x81);
  cursor.next(cursor.from, cursor.to);
  if (cursor.tag !== idSet) return undefined;
  const end = cursor.to;
  let at = cursor.from;
  let deletes = false;
  const ids: string[] = [];
  for (; at < end; at = cursor.to) {
    cursor.next(at, end);
    const tag: number = cursor.tag;
    if (tag === tags.boolean) deletes = contents[cursor.from] !== 0;
    if (tag !== tags.set) continue;
    const { to } = cursor;
    for (let one = cursor.from; one < to; one = cursor.to) {
      cursor.enter(one, to, tags.octets);
      ids.push(idOf(contents.subarray(cursor.from, cursor.to)));
    }
    cursor.to = to;
  }
  return { deletes, ids };
}

/** As entryUUID is written: other than Active Directory's GUIDs no part is turned around. */
function idOf(octets: Buffer): string {
  if (octets.length !== 16) broken();
  return uuidText(octets);
}
