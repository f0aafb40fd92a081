// One client's connection: messages answered in the order they come, hostile ones with a closed door.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Log } from '#lib/log.ts';
import { Malformed } from './ber.ts';
import { bind } from './bind.ts';
import { frames } from './frames.ts';
import {
  type Answered,
  type Message,
  type Result,
  readMessage,
  success,
  writeDisconnection,
  writeExtendedResult,
  writeResult,
} from './messages.ts';
import { deny, Refusal } from './refusals.ts';
import { anonymous, type Session } from './rights.ts';
import { extensionOids } from './root-dse.ts';
import { compares, type OpenPages, search } from './search.ts';
import type { Service } from './service.ts';
import { firstOf } from './tree.ts';
import { controlOids } from './writing.ts';

/** What a stranger and what somebody signed in may keep the server busy with. */
export const limits = {
  bytesBeforeBindMax: 65_536,
  /** MaxReceiveBuffer of Active Directory. */
  bytesMax: 10_485_760,
  idleBeforeBindMs: 120_000,
  idleMs: 900_000,
  searchSecondsMax: 120,
} as const;

type Connection = {
  readonly service: Service;
  readonly log: Log;
  readonly socket: Socket;
  readonly encrypted: boolean;
  readonly pages: OpenPages;
  session: Session;
};

/** Serves the connection until either side ends it; never rejects. */
export async function serve(
  service: Service,
  socket: Socket,
  encrypted: boolean,
  secureContext: SecureContext,
  log: Log,
): Promise<void> {
  const pages: OpenPages = new Map();
  const connection = { service, log, socket, encrypted, pages, session: anonymous };
  socket.on('error', (error) => log.debug('A connection to the lab directory broke', { error }));
  socket.setTimeout(limits.idleBeforeBindMs, () => socket.destroy());
  // Entries and their result are small writes: without this each would wait for the last one's receipt.
  socket.setNoDelay(true);
  try {
    const upgraded = await converse(connection);
    if (!upgraded) return;
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    await serve(service, secured, true, secureContext, log);
  } catch (error) {
    if (error instanceof Malformed) socket.end(writeDisconnection(error.message));
    else log.debug('A connection to the lab directory ended', { error });
  } finally {
    socket.destroySoon();
  }
}

/** Answers messages; true when the client asked for TLS and now begins its handshake. */
async function converse(connection: Connection): Promise<boolean> {
  const { socket } = connection;
  const bytesMax = () =>
    connection.session.kind === 'anonymous' ? limits.bytesBeforeBindMax : limits.bytesMax;
  const chunks = socket.iterator({ destroyOnReturn: false });
  for await (const { message: bytes, isLast } of frames(chunks, bytesMax)) {
    const message = readMessage(bytes);
    if (message.request.kind === 'unbind') return false;
    if (message.request.kind === 'abandon') continue;
    const { kind } = message.request;
    if (kind === 'extended' && message.request.oid === extensionOids.startTls) {
      if (await startTls(connection, message.id, isLast)) return true;
      continue;
    }
    await answer(connection, message, kind);
  }
  return false;
}

/** Bytes sent behind the request, before TLS, could be a stranger's: the connection ends. */
async function startTls(connection: Connection, id: number, isLast: boolean): Promise<boolean> {
  if (connection.encrypted) {
    const result = resultOf(connection, () => deny('tls-already'));
    await send(connection, writeExtendedResult(id, result, extensionOids.startTls));
    return false;
  }
  if (!isLast) throw new Malformed('bytes between StartTLS and the handshake');
  await send(connection, writeExtendedResult(id, success, extensionOids.startTls));
  return true;
}

async function answer(connection: Connection, message: Message, kind: Answered): Promise<void> {
  try {
    checkControls(message);
    for await (const bytes of perform(connection, message)) await send(connection, bytes);
  } catch (error) {
    if (error instanceof Malformed) throw error;
    const result = refusalOf(connection, error);
    const bytes =
      kind === 'extended'
        ? writeExtendedResult(message.id, result, '')
        : writeResult(message.id, kind, result);
    await send(connection, bytes);
  }
}

async function* perform(
  connection: Connection,
  { id, request, controls }: Message,
): AsyncGenerator<Buffer> {
  const { service, session, pages } = connection;
  const { tree } = service;
  const now = service.clock();
  switch (request.kind) {
    case 'bind':
      // A bind that fails leaves nobody signed in (RFC 4513 §4).
      connection.session = anonymous;
      connection.session = await bind(service, request, connection.encrypted, now);
      connection.socket.setTimeout(
        connection.session.kind === 'anonymous' ? limits.idleBeforeBindMs : limits.idleMs,
      );
      yield writeResult(id, 'bind', success);
      return;
    case 'search': {
      const deadline = until(request.timeLimitSeconds);
      yield* search({ tree, session, now, id, controls, pages, deadline }, request);
      return;
    }
    case 'compare': {
      const same = compares({ tree, session, now }, request.dn, request.attribute, request.value);
      yield writeResult(id, 'compare', { code: same ? 6 : 5, matchedDn: '', text: '' });
      return;
    }
    case 'extended':
      if (request.oid !== extensionOids.whoAmI) deny('extension-unknown');
      yield writeExtendedResult(id, success, '', Buffer.from(whoIs(connection)));
      return;
    case 'add':
    case 'modify':
    case 'rename':
    case 'delete':
      if (session.kind === 'anonymous') deny('bind-needed');
      await service.write(session, new Set(controls.map(({ oid }) => oid)), request);
      yield writeResult(id, request.kind, success);
      return;
  }
}

const known: readonly string[] = Object.values(controlOids);

function checkControls({ controls }: Message): void {
  const strange = controls.some(({ oid, critical }) => critical && !known.includes(oid));
  if (strange) deny('control-unknown');
}

/** Whether the time a search may take has passed. */
function until(seconds: number): () => boolean {
  const most = seconds > 0 ? Math.min(seconds, limits.searchSecondsMax) : limits.searchSecondsMax;
  const ends = performance.now() + most * 1_000;
  return () => performance.now() > ends;
}

function whoIs({ session, service }: Connection): string {
  if (session.kind === 'anonymous') return '';
  const entry = service.tree.entries.get(session.id);
  const logon = entry === undefined ? '' : firstOf(entry, 'sAMAccountName');
  return `u:${service.tree.netbiosName}\\${logon}`;
}

/** Waits while the client does not read; one that never does runs into the idle time-out. */
async function send({ socket }: Connection, bytes: Buffer): Promise<void> {
  if (socket.destroyed) throw new Error('the client went away');
  if (socket.write(bytes)) return;
  const gone = new AbortController();
  const close = () => gone.abort();
  socket.once('close', close);
  try {
    await once(socket, 'drain', { signal: gone.signal });
  } finally {
    socket.off('close', close);
  }
}

function resultOf(connection: Connection, refuses: () => never): Result {
  try {
    return refuses();
  } catch (error) {
    return refusalOf(connection, error);
  }
}

function refusalOf({ log }: Connection, error: unknown): Result {
  if (error instanceof Refusal) return error.result;
  log.error('The lab directory failed', { error });
  return { code: 1, matchedDn: '', text: '000020EF: The lab directory failed; see the log.' };
}
