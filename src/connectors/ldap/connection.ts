// One connection to a directory: ldapts's messages and parser over a socket that is never dialled again.
import type { Socket } from 'node:net';
import {
  type AddRequest,
  type BindRequest,
  MessageParser,
  type ModifyRequest,
  SearchReference,
  type SearchRequest,
  StatusCodeParser,
  UnbindRequest,
} from 'ldapts';
import { limits } from './address.ts';
import { framer } from './frames.ts';
import { isEntry, type RawEntry, readMessage } from './raw-entry.ts';
import { lost } from './refusals.ts';

type Request = AddRequest | BindRequest | ModifyRequest | SearchRequest;
type Result = NonNullable<Parameters<typeof StatusCodeParser.parse>[0]>;

export type Answer = {
  readonly entries: readonly RawEntry[];
  readonly references: readonly string[];
  readonly controls: NonNullable<Result['controls']>;
};

type Pending = {
  readonly message: Request;
  readonly entries: RawEntry[];
  readonly references: string[];
  readonly settle: (result: Result | Error) => void;
};

export type Connection = {
  readonly isAlive: () => boolean;
  /** Sends one request; throws what the directory refused, or `lost` when no answer can come any more. */
  readonly send: (request: Request) => Promise<Answer>;
  readonly close: () => void;
};

/**
 * ldapts's own Client redials without signing in again, ends a paged search at an empty page although
 * the cookie says there is more (RFC 2696 §3), and renders every message, passwords of new accounts
 * included, for its debug log. Its messages and its parser are sound, and public.
 */
export function connectionOver(socket: Socket, timeoutMs: number): Connection {
  const pending = new Map<string, Pending>();
  const parser = new MessageParser();
  let alive = true;
  let lastId = 0;

  const end = (why: Error) => {
    alive = false;
    socket.destroy();
    for (const one of pending.values()) one.settle(lost(why));
  };
  parser.on('error', (error) => end(error));
  parser.on('message', (message) => {
    const one = pending.get(`${message.messageId}`);
    // Id 0 announces the end of the connection (RFC 4511 §4.4.1); answers to nothing are ignored.
    if (message.messageId === 0) return end(new Error('the directory closed the connection'));
    if (one === undefined) return;
    if (message instanceof SearchReference) one.references.push(...message.uris);
    else one.settle(message);
  });
  /** Entries are kept as they came: ldapts would decode each at once, needed or not. */
  const receive = (frame: Buffer) => {
    const message = readMessage(frame);
    if (!isEntry(message)) return parser.read(frame, pending);
    const one = pending.get(`${message.id}`);
    one?.entries.push({ bytes: message.contents });
    if ((one?.entries.length ?? 0) > limits.entriesMax) end(new Error('an endless page'));
  };
  const frames = framer(limits.messageBytesMax);
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const frame of frames(bytes)) if (alive) receive(frame);
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', end);
  socket.on('close', () => end(new Error('the connection was closed')));

  return {
    isAlive: () => alive && !socket.destroyed,
    send(request) {
      if (!alive) return Promise.reject(lost(new Error('the connection is closed')));
      lastId = lastId >= limits.messageIdMax ? 1 : lastId + 1;
      const id = `${lastId}`;
      request.messageId = lastId;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => end(new Error('no answer in time')), timeoutMs);
        const settle = (result: Result | Error) => {
          clearTimeout(timer);
          pending.delete(id);
          if (result instanceof Error) return reject(result);
          if (result.status !== 0) return reject(StatusCodeParser.parse(result));
          resolve({ entries, references, controls: result.controls ?? [] });
        };
        const entries: RawEntry[] = [];
        const references: string[] = [];
        pending.set(id, { message: request, entries, references, settle });
        socket.write(request.write());
      });
    },
    close() {
      if (!alive) return;
      socket.end(new UnbindRequest({ messageId: limits.messageIdMax }).write());
      end(new Error('the connection was closed here'));
    },
  };
}
