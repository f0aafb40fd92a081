// Changes by DirSync (MS-ADTS §3.1.1.3.4.1.3): who changed in a naming context since a cookie.
import { BerWriter, PresenceFilter, SearchRequest } from 'ldapts';
import type { Changes } from '#domain/ports/directory-changes.ts';
import { guidText } from '#lib/guid.ts';
import { Cursor, tags } from './ber.ts';
import { isContainer } from './containers.ts';
import { controlOf, controlValue } from './controls.ts';
import { firstValueOf, type RawEntry } from './raw-entry.ts';
import { incomplete } from './refusals.ts';
import { allOf, chunks, entriesOf, not, oneOf } from './search.ts';
import type { Session } from './session.ts';

const oid = '1.2.840.113556.1.4.841';

/** LDAP_DIRSYNC_OBJECT_SECURITY: shows what the account may read, and asks for no right of replication. */
const objectSecurity = 0x1;
const answerBytes = 1_000_000;
const roundsMax = 100_000;

const names = {
  id: Buffer.from('objectguid'),
  deleted: Buffer.from('isdeleted'),
  name: Buffer.from('name'),
  objectClass: Buffer.from('objectclass'),
} as const;

/** The cookie of now, had by asking for nothing. */
export async function cookieOfNow(session: Session): Promise<Buffer> {
  const nobody = not(new PresenceFilter({ attribute: 'objectClass' }));
  let cookie: Buffer = Buffer.alloc(0);
  for await (const answer of rounds(session, cookie, nobody)) cookie = answer.cookie;
  return cookie;
}

export async function changesByDirSync(
  session: Session,
  since: Buffer,
  signal?: AbortSignal,
): Promise<Omit<Changes, 'bookmark'> & { readonly cookie: Buffer }> {
  const changed = new Set<string>();
  const deleted = new Set<string>();
  const moved = new Set<string>();
  let cookie = since;
  const everything = new PresenceFilter({ attribute: 'objectClass' });
  for await (const answer of rounds(session, since, everything)) {
    if (signal?.aborted) throw incomplete('it was stopped');
    for (const raw of answer.entries) {
      const guid = firstValueOf(raw, names.id);
      if (guid === undefined) continue;
      const id = guidText(guid);
      if (isDeleted(raw)) deleted.add(id);
      else changed.add(id);
      // A new one tells its classes; a name that comes without them was given to what was there before.
      if (firstValueOf(raw, names.name) && !firstValueOf(raw, names.objectClass)) moved.add(id);
    }
    cookie = answer.cookie;
  }
  for (const id of deleted) changed.delete(id);
  return {
    changed,
    deleted,
    // In object-security mode tombstones are shown to administrators alone (RULES.md).
    seesDeletions: false,
    restructured: await anyContainer(session, [...moved]),
    cookie,
  };
}

type Round = { readonly entries: readonly RawEntry[]; readonly cookie: Buffer };

async function* rounds(
  session: Session,
  since: Buffer,
  filter: PresenceFilter | ReturnType<typeof not>,
): AsyncGenerator<Round, void, undefined> {
  let cookie = since;
  for (let round = 0; ; round += 1) {
    if (round >= roundsMax) throw incomplete('its changes never end');
    const connection = await session.connection();
    const answer = await session.slots.run(() =>
      connection.send(
        new SearchRequest({
          messageId: 0,
          // A naming context's root alone can be asked; what is out of scope is left out later.
          baseDN: session.root.context,
          scope: 'sub',
          filter,
          // All: of fewer, a change of the others would not be told.
          attributes: [],
          sizeLimit: 0,
          timeLimit: 0,
          controls: [controlOf(oid, requestValue(cookie))],
        }),
      ),
    );
    const value = controlValue(answer.ending.controls, oid);
    if (value === undefined) throw incomplete('it gave no cookie');
    const { more, cookie: next } = readValue(value);
    cookie = next;
    yield { entries: answer.entries, cookie };
    if (!more) return;
  }
}

function requestValue(cookie: Buffer): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(objectSecurity);
  writer.writeInt(answerBytes);
  writer.writeBuffer(cookie, tags.octets);
  writer.endSequence();
  return writer.buffer;
}

function readValue(value: Buffer): { readonly more: boolean; readonly cookie: Buffer } {
  const cursor = new Cursor(value);
  cursor.enter(0, value.length, tags.sequence);
  const end = cursor.to;
  cursor.enter(cursor.from, end, tags.integer);
  const more = value.subarray(cursor.from, cursor.to).some((octet) => octet !== 0);
  cursor.enter(cursor.to, end, tags.integer);
  cursor.enter(cursor.to, end, tags.octets);
  return { more, cookie: Buffer.from(value.subarray(cursor.from, cursor.to)) };
}

function isDeleted(raw: RawEntry): boolean {
  return firstValueOf(raw, names.deleted)?.toString('latin1').toUpperCase() === 'TRUE';
}

async function anyContainer(session: Session, ids: readonly string[]): Promise<boolean> {
  for (const some of chunks(ids)) {
    const found = await entriesOf(session, {
      base: session.root.context,
      filter: allOf([isContainer(), oneOf('objectGUID', some)]),
      attributes: ['objectGUID'],
    });
    if (found.length > 0) return true;
  }
  return false;
}
