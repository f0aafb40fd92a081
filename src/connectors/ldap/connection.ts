// One connection to a directory: ldapts's messages and parser over a socket that is never dialled again.
import type { Socket } from 'node:net';
import {
  type AddRequest,
  type BindRequest,
  type ExtendedRequest,
  ExtendedResponse,
  MessageParser,
  type ModifyRequest,
  SearchReference,
  type SearchRequest,
  StatusCodeParser,
  UnbindRequest,
} from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { letGo } from '#lib/buffers.ts';
import { limits } from './address.ts';
import { tags } from './ber.ts';
import { framer } from './frames.ts';
import { type RawEntry, readMessage } from './raw-entry.ts';
import { lost } from './refusals.ts';

type Request = AddRequest | BindRequest | ExtendedRequest | ModifyRequest | SearchRequest;
type Result = NonNullable<Parameters<typeof StatusCodeParser.parse>[0]>;

export type Answer = {
  readonly entries: readonly RawEntry[];
  readonly references: readonly string[];
  readonly controls: NonNullable<Result['controls']>;
  /** Of a search: the controls of its end, and what was said on the way (RFC 4511 §4.13), as they came. */
  readonly ending: Ending;
  /** Of an extended operation: what it gave, if anything. */
  readonly value: string | undefined;
  /** Gives back what the entries stand on, as far as nothing else came with them: they are empty from then on. */
  readonly release: () => void;
};

type Ending = { controls: Buffer; readonly intermediates: Buffer[] };

type Pending = {
  readonly message: Request;
  readonly entries: RawEntry[];
  readonly references: string[];
  readonly ending: Ending;
  /** How much of it came. */
  bytes: number;
  /** What came while nothing else was awaited. */
  readonly chunks: Buffer[];
  readonly settle: (result: Result | Error) => void;
};

export type Connection = {
  readonly isAlive: () => boolean;
  /** Sends one request; throws what the directory refused, or `lost` when no answer can come any more. */
  readonly send: (request: Request) => Promise<Answer>;
  readonly close: () => void;
};

/** More in one answer than is taken in: asked in the same way again, it would come again. */
export class Flood extends DirectoryRefusal {
  constructor() {
    super(
      'read.incomplete',
      'The directory gives more in one answer than is taken in; lower the page size, and see that the directory keeps to it.',
      false,
    );
  }
}

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
    const { id, operation, contents, controls } = readMessage(frame);
    const one = pending.get(`${id}`);
    if (operation === tags.searchEntry) one?.entries.push({ bytes: contents, controls });
    else if (operation === tags.intermediate) one?.ending.intermediates.push(contents);
    else {
      if (operation === tags.searchDone && one !== undefined) one.ending.controls = controls;
      parser.read(frame, pending);
    }
    const { entries, ending } = one ?? { entries: [], ending: { intermediates: [] } };
    if (one !== undefined) one.bytes += frame.length;
    const many = entries.length + ending.intermediates.length > limits.entriesMax;
    if (one !== undefined && (many || one.bytes > limits.answerBytesMax)) {
      one.settle(new Flood());
      end(new Error('an endless page'));
    }
  };
  const frames = framer(limits.messageBytesMax);
  socket.on('data', (bytes: Buffer) => {
    const [one, another] = pending.values();
    // What shares its memory with others is not ours to give back.
    if (another === undefined && bytes.length === bytes.buffer.byteLength) one?.chunks.push(bytes);
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
          const value = result instanceof ExtendedResponse ? result.value : undefined;
          const controls = result.controls ?? [];
          resolve({ entries, references, controls, ending, value, release });
        };
        const entries: RawEntry[] = [];
        const references: string[] = [];
        const ending: Ending = { controls: Buffer.alloc(0), intermediates: [] };
        const chunks: Buffer[] = [];
        const release = () => chunks.forEach(letGo);
        const kept = { entries, references, ending, chunks };
        pending.set(id, { message: request, ...kept, bytes: 0, settle });
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
