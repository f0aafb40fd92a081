// An LDAP server that says exactly what a test tells it to: for answers no real server can be asked for.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import {
  Ber,
  BerReader,
  BerWriter,
  PagedResultsControl,
  PresenceFilter,
  SearchRequest,
} from 'ldapts';
import type { LdapAddress } from '#connectors/ldap/address.ts';
import { Secret } from '#lib/secret.ts';

export type Heard = {
  /** The application tag of the operation: 0x60 bind, 0x63 search, 0x66 modify, 0x68 add, 0x77 extended. */
  readonly operation: number;
  /** Of a search. */
  readonly base: string;
  readonly filter: string;
  readonly attributes: readonly string[];
  readonly cookie: string;
  /** Of an extended operation. */
  readonly oid: string;
};

export type Line =
  | {
      readonly entry: string;
      readonly values: Readonly<Record<string, readonly (string | Buffer)[]>>;
    }
  | { readonly reference: string }
  | {
      readonly done: number;
      readonly says?: string;
      readonly cookie?: string;
      /** Of DirSync: what its control gives, with nothing more to come. */
      readonly dirSyncCookie?: string;
      /** Of an extended operation: what it gives. */
      readonly value?: string;
    }
  | { readonly raw: Buffer }
  /** An entry of that many octets, one of them every 50 ms. */
  | { readonly drip: Buffer }
  | 'hang up';

export type ScriptedLdap = AsyncDisposable & {
  readonly address: LdapAddress;
  readonly password: Secret;
  readonly heard: readonly Heard[];
};

const base = 'DC=ad,DC=larkfield,DC=test';

/** Signs everybody in and describes itself as Active Directory; all else is the script's. */
export async function aScriptedLdap(
  script: (heard: Heard) => readonly Line[] | undefined,
): Promise<ScriptedLdap> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    let rest = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let one = frame(rest); one !== undefined; one = frame(rest)) {
        rest = rest.subarray(one.length);
        const { id, said } = understood(one);
        heard.push(said);
        for (const line of script(said) ?? usual(said)) {
          if (line === 'hang up') socket.destroy();
          else if ('drip' in line) drip(socket, line.drip);
          else socket.write('raw' in line ? line.raw : message(id, said.operation, line));
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return {
    heard,
    password: new Secret('any'),
    address: {
      host: '127.0.0.1',
      port: typeof bound === 'object' && bound !== null ? bound.port : 0,
      security: 'plain',
      bindDn: `CN=svc,${base}`,
      allowance: { lab: true, confirmed: [], networks: [] },
      operationTimeoutMs: 2_000,
      connectTimeoutMs: 2_000,
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || at >= bytes.length) clearInterval(timer);
    else socket.write(bytes.subarray(at, at + 1));
    at += 1;
  }, 50);
}

function usual({ operation, base: asked }: Heard): readonly Line[] {
  if (operation !== 0x63) return [{ done: 0 }];
  const root = {
    defaultNamingContext: [base],
    namingContexts: [base],
    dnsHostName: ['dc1.ad.larkfield.test'],
    supportedCapabilities: ['1.2.840.113556.1.4.800'],
  };
  const values = asked === '' ? root : { objectClass: ['top', 'domainDNS'] };
  return [{ entry: asked, values }, { done: 0 }];
}

/** The first whole message; nothing while bytes are missing. */
function frame(bytes: Buffer): Buffer | undefined {
  const reader = new BerReader(bytes);
  if (reader.readSequence() === null || reader.remain < reader.length) return undefined;
  return bytes.subarray(0, reader.offset + reader.length);
}

function understood(bytes: Buffer): { readonly id: number; readonly said: Heard } {
  const reader = new BerReader(bytes);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const operation = reader.readSequence() ?? 0;
  const nothing = { operation, base: '', filter: '', attributes: [], cookie: '', oid: '' };
  if (operation === 0x77) return { id, said: { ...nothing, oid: reader.readString(0x80) ?? '' } };
  if (operation !== 0x63) return { id, said: nothing };
  const filter = new PresenceFilter({ attribute: 'objectClass' });
  const search = new SearchRequest({ messageId: id, filter });
  search.parse(reader, []);
  const paged = search.controls?.find((each) => each instanceof PagedResultsControl);
  return {
    id,
    said: {
      operation,
      base: search.baseDN,
      filter: search.filter.toString(),
      attributes: search.attributes,
      cookie: paged?.value?.cookie?.toString() ?? '',
      oid: '',
    },
  };
}

function message(
  id: number,
  operation: number,
  line: Exclude<Line, 'hang up' | { raw: Buffer } | { drip: Buffer }>,
) {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  if ('entry' in line) {
    writer.startSequence(0x64);
    writer.writeString(line.entry);
    writer.startSequence();
    for (const [name, values] of Object.entries(line.values)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    writer.endSequence();
  } else if ('reference' in line) {
    writer.startSequence(0x73);
    writer.writeString(line.reference);
    writer.endSequence();
  } else {
    // Every response's tag is its request's plus one, save the search's: 0x65; extended: 0x78.
    writer.startSequence(operation === 0x63 ? 0x65 : operation + 1);
    writer.writeEnumeration(line.done);
    writer.writeString('');
    writer.writeString(line.says ?? '');
    if (line.value !== undefined) writer.writeString(line.value, 0x8b);
    writer.endSequence();
    if (line.dirSyncCookie !== undefined) writeDirSync(writer, line.dirSyncCookie);
    if (line.cookie !== undefined) {
      const value = { size: 0, cookie: Buffer.from(line.cookie) };
      writer.startSequence(0xa0);
      new PagedResultsControl({ value }).write(writer);
      writer.endSequence();
    }
  }
  writer.endSequence();
  return writer.buffer;
}

/** The answer's control of DirSync (MS-ADTS §3.1.1.3.4.1.3): no more, no size, the cookie. */
function writeDirSync(writer: BerWriter, cookie: string): void {
  const value = new BerWriter();
  value.startSequence();
  value.writeInt(0);
  value.writeInt(0);
  value.writeString(cookie);
  value.endSequence();
  writer.startSequence(0xa0);
  writer.startSequence();
  writer.writeString('1.2.840.113556.1.4.841');
  writer.writeBuffer(value.buffer, Ber.OctetString);
  writer.endSequence();
  writer.endSequence();
}
