// An LDAP server whose people are made as they are sent, in a process of its own: `node generated-ldap.ts JSON`.
// Over IPC it is told who changed and who is gone, and tells its port and what CPU time it has spent.
import { once } from 'node:events';
import { createServer, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { elements, integerAt, tags, write, writeInteger } from '#lab/directory/ber.ts';
import { frames } from '#lab/directory/frames.ts';
import {
  type Control,
  type Message,
  type Result,
  readMessage,
  type SearchRequest,
  success,
  type WireAttribute,
  writeEntry,
  writeResult,
} from '#lab/directory/messages.ts';
import { type Pages, pagesOf } from '#test/servers/generated-pages.ts';
import { type Found, foundBy, Unwilling } from '#test/servers/generated-search.ts';
import { baseDn, numberIn, peopleDn } from '#test/servers/many-people.ts';

const Given = z.object({ count: z.int(), key: z.string(), cert: z.string(), password: z.string() });
const Told = z.union([
  z.literal('cpu'),
  z.object({ change: z.array(z.int()) }),
  z.object({ remove: z.array(z.int()) }),
]);

const given = Given.parse(JSON.parse(process.argv[2] ?? ''));
const paged = '1.2.840.113556.1.4.319';
const unpagedMax = 5_000;
const messageBytesMax = 1 << 20;

/** How often each was changed, undefined for those who are gone; and when, as GeneralizedTime. */
const changed = new Map<number, number | undefined>();
const changedAt = new Map<number, string>();
const pagesKnown = new Map<string, Pages>();

const server = createServer({ key: given.key, cert: given.cert }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.setNoDelay(true);
  serve(socket).catch(() => socket.destroy());
});
/** Besides people: what describes the server, and what they stand in. */
const containers: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '': {
    objectClass: ['top', 'OpenLDAProotDSE'],
    namingContexts: [baseDn],
    supportedControl: [paged],
    supportedLDAPVersion: ['3'],
  },
  [baseDn]: {
    objectClass: ['top', 'dcObject', 'organization'],
    dc: ['larkfield'],
    o: ['Larkfield Optics'],
  },
  [peopleDn.toLowerCase()]: { objectClass: ['top', 'organizationalUnit'], ou: ['People'] },
};

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const bound = server.address();
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const told = Told.parse(message);
  if (told !== 'cpu') touch(told);
  process.send?.({ cpu: process.cpuUsage() });
});
process.send?.({ port: typeof bound === 'object' ? bound?.port : 0 });

function touch(told: Exclude<z.infer<typeof Told>, 'cpu'>): void {
  const now = new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14);
  if ('change' in told) {
    for (const number of told.change) {
      changed.set(number, (changed.get(number) ?? 0) + 1);
      changedAt.set(number, `${now}Z`);
    }
  } else {
    for (const number of told.remove) changed.set(number, undefined);
  }
}

async function serve(socket: TLSSocket): Promise<void> {
  let signedIn = false;
  for await (const { message: bytes } of frames(socket, () => messageBytesMax)) {
    const message = readMessage(bytes);
    const { id, request } = message;
    if (request.kind === 'unbind') return void socket.end();
    if (request.kind === 'abandon') continue;
    if (request.kind === 'bind') {
      signedIn = request.password?.toString() === given.password;
      socket.write(writeResult(id, 'bind', signedIn ? success : refusal(49, 'no')));
    } else if (request.kind === 'search') {
      const part = signedIn || request.base === '' ? answer(message, request) : noRights(id);
      if (!socket.write(part)) await once(socket, 'drain');
    } else {
      socket.write(writeResult(id, request.kind, refusal(53, 'nothing is written here')));
    }
  }
}

function noRights(id: number): Buffer {
  return writeResult(id, 'search', refusal(50, 'sign in first'));
}

function answer({ id, controls }: Message, request: SearchRequest): Buffer {
  try {
    if (request.scope === 'base') return base(id, request);
    return page(
      id,
      request,
      controls.find(({ oid }) => oid === paged),
    );
  } catch (error) {
    if (!(error instanceof Unwilling)) throw error;
    return writeResult(id, 'search', refusal(53, error.message));
  }
}

function base(id: number, { base: dn, attributes }: SearchRequest): Buffer {
  const uid = /^uid=(p\d{7}),/i.exec(dn)?.[1];
  const number = uid === undefined ? undefined : numberIn(uid);
  if (number !== undefined && number < given.count) {
    return Buffer.concat([pagesFor(attributes).one(id, number), done(id)]);
  }
  const entry = containers[dn.toLowerCase()];
  if (entry === undefined) return writeResult(id, 'search', refusal(32, ''));
  const names = new Set(attributes.map((name) => name.toLowerCase()));
  const all = names.size === 0 || names.has('*') || names.has('+');
  const shown = Object.entries(entry).filter(([name]) => all || names.has(name.toLowerCase()));
  return Buffer.concat([writeEntry(id, dn, shown.map(wireAttribute)), done(id)]);
}

/** From where the cookie says: it is the number, or the place in what was found, of who comes next. */
function page(id: number, request: SearchRequest, control: Control | undefined): Buffer {
  const dn = request.base.toLowerCase();
  const above = dn === baseDn || dn === '';
  if (!above && dn !== peopleDn.toLowerCase()) {
    return writeResult(id, 'search', refusal(32, ''));
  }
  const oneLevelAbove = above && request.scope === 'one';
  const touched = { changedSince };
  const found: Found = oneLevelAbove ? [] : foundBy(request.filter, touched);
  const total = found === 'all' ? given.count : found.length;
  const asked = control === undefined ? undefined : pageAsked(control);
  if (asked === undefined && total > unpagedMax) {
    return writeResult(id, 'search', refusal(4, 'ask for pages'));
  }
  const from = asked?.from ?? 0;
  const to = Math.min(total, from + (asked?.size ?? total));
  const pages = pagesFor(request.attributes);
  const entries =
    found === 'all'
      ? pages.between(id, from, to)
      : Buffer.concat(found.slice(from, to).map((number) => pages.one(id, number)));
  return Buffer.concat([entries, done(id, asked && (to < total ? String(to) : ''))]);
}

function changedSince(time: string): readonly number[] {
  return [...changedAt]
    .filter(([, at]) => at >= time)
    .map(([number]) => number)
    .toSorted((one, other) => one - other);
}

function pagesFor(attributes: readonly string[]): Pages {
  const key = attributes.join(' ');
  const known = pagesKnown.get(key) ?? pagesOf(attributes, changed);
  pagesKnown.set(key, known);
  return known;
}

/** RFC 2696: how many, and from where. */
function pageAsked({ value }: Control): { readonly size: number; readonly from: number } {
  const [whole] = elements(value ?? Buffer.alloc(0));
  const parts = elements(whole?.body ?? Buffer.alloc(0));
  const cookie = parts[1]?.body.toString('latin1') ?? '';
  return { size: integerAt(parts, 0, tags.integer), from: Number(cookie) };
}

function done(id: number, cookie?: string): Buffer {
  if (cookie === undefined) return writeResult(id, 'search', success);
  const value = write(tags.sequence, writeInteger(0), write(tags.octets, cookie));
  return writeResult(id, 'search', success, [{ oid: paged, critical: false, value }]);
}

function refusal(code: number, text: string): Result {
  return { code, matchedDn: '', text };
}

function wireAttribute([type, values]: readonly [string, readonly string[]]): WireAttribute {
  return { type, values: values.map((value) => Buffer.from(value)) };
}
