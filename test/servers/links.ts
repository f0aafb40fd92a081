// A hub with its doors and its secret links, over real HTTP; and somebody outside who holds one.
import assert from 'node:assert/strict';
import { openAccess } from '#access.ts';
import { theHub } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { createApplication } from '#features/applications/commands.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import {
  agreed,
  boundTo,
  contentKey,
  decrypt,
  encrypt,
  fromBase64,
  joinBytes,
  keysOf,
  packed,
  randomBytes,
  requestKeys,
  toBase64,
} from '#features/secret-links/browser-crypto.ts';
import { secretLinkTasks } from '#features/secret-links/housekeeping.ts';
import type { SecretLinkPorts } from '#features/secret-links/ports.ts';
import { secretLinkRoutes } from '#features/secret-links/routes.ts';
import { openServer } from '#http/server.ts';
import { openLog } from '#lib/log.ts';
import { chained } from '#store/audit-chain.ts';
import { openSealing } from '#store/sealing.ts';
import { ask, bearer, type Told } from './access.ts';
import { aDatabase, type TestDatabase } from './database.ts';

export type LinksHub = AsyncDisposable & {
  readonly base: URL;
  readonly database: TestDatabase;
  readonly logged: string[];
  readonly name: string | undefined;
  /** The hub's time; move it to let things grow old. */
  readonly time: { now: Date };
  /** The letters senders would get. */
  readonly told: { readonly key: string; readonly subject: string; readonly sentence: string }[];
  readonly ports: SecretLinkPorts;
  /** Runs the housekeeping once. */
  tidy(): Promise<void>;
};

export const rules = {
  hours: 168,
  hoursMax: 720,
  fileBytesMax: 3 * 1024 * 1024,
  senderBytesMax: 20 * 1024 * 1024,
  hubBytesMax: 100 * 1024 * 1024,
};

export async function aLinksHub(
  given: Partial<Pick<SecretLinkPorts, 'chained' | 'rules'>> & {
    /** Another process of the same hub: the same database and the same time. */
    readonly shares?: LinksHub;
    /** What its senders are called. */
    readonly name?: string;
  } = {},
): Promise<LinksHub> {
  const { shares } = given;
  const database = shares?.database ?? (await aDatabase());
  const { db } = database;
  const time = shares?.time ?? { now: new Date('2026-11-22T09:00:00Z') };
  const clock = () => time.now;
  const logged: string[] = [];
  const log = openLog({ format: 'json', level: 'debug', write: (line) => void logged.push(line) });
  const publicUrl = new URL('http://hub.larkfield.test');
  const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
  const agents = agentsOfTheHub(db, clock);
  const { connectionString } = database;
  const access = await openAccess({
    db,
    agents,
    users: usersOfTheHub(db),
    clock,
    connectionString,
    sealing,
    log,
    publicUrl,
  });
  const told: LinksHub['told'] = [];
  const ports: SecretLinkPorts = {
    db,
    clock,
    log,
    sealing,
    publicUrl,
    rules: given.rules ?? rules,
    chained: given.chained ?? ((ids) => chained(db, ids)),
    tellSender: async (_tx, letter) => void told.push(letter),
  };
  const server = await openServer({
    routes: [...access.routes, ...secretLinkRoutes(ports)],
    authenticate: access.authenticate,
    publicUrl,
    version: '0.0.0-test',
    log,
    ready: async () => [],
    trustedProxies: ['127.0.0.1'],
  });
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    base,
    database,
    logged,
    name: given.name,
    time,
    told,
    ports,
    async tidy() {
      for (const { run } of secretLinkTasks(ports)) {
        await run({}, { signal: new AbortController().signal, log, attempt: 1, attemptsMax: 1 });
      }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await access[Symbol.asyncDispose]();
      if (shares === undefined) await database[Symbol.asyncDispose]();
    },
  };
}

export type Sender = {
  readonly headers: Readonly<Record<string, string>>;
  get(path: string): Promise<Told>;
  post(path: string, json: unknown): Promise<Told>;
  burn(id: unknown): Promise<Told>;
};

let senders = 0;

/** A program with these permissions. */
export async function aSender(
  hub: LinksHub,
  scopes: readonly Permission[] = ['secret-links:create'],
): Promise<Sender> {
  senders += 1;
  const wanted = { name: hub.name ?? `Tools ${senders}`, scopes };
  const made = await createApplication(hub.database.db, wanted, theHub, hub.time.now);
  const form = {
    grant_type: 'client_credentials',
    client_id: made.application.clientId,
    client_secret: made.clientSecret?.reveal() ?? '',
  };
  const { json } = await ask(hub, '/auth/token', { form });
  const headers = bearer(json.access_token);
  return {
    headers,
    get: (path) => ask(hub, path, { headers }),
    post: (path, body) => ask(hub, path, { headers, json: body }),
    burn: (id) => ask(hub, `/api/SecureSecretLink/${id}`, { method: 'DELETE', headers }),
  };
}

export type HeldLink = {
  readonly id: number;
  readonly token: string;
  readonly key: Uint8Array<ArrayBuffer>;
};

/** What stands in a link, for who holds the whole of it. */
export function heldLink(id: unknown, link: unknown): HeldLink {
  const url = new URL(String(link));
  const token = url.pathname.split('/')[2] ?? '';
  return { id: Number(id), token, key: fromBase64(url.hash.slice(1)) };
}

/** Made over the API: the hub encrypts. */
export async function aLink(
  sender: Sender,
  text: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<HeldLink> {
  const body = [{ new_secure_secret_value: text, ...more }];
  const made = await sender.post('/api/SecureSecretLink', body);
  assert.equal(made.status, 201, made.text);
  return heldLink(made.json.id, made.json.generated_secure_link);
}

/** Made as the console makes it: encrypted here. */
export async function aBrowserLink(
  sender: Sender,
  text: string,
  more: Readonly<Record<string, unknown>> & { readonly passphrase?: string } = {},
): Promise<HeldLink> {
  const token = toBase64(randomBytes(16));
  const key = randomBytes(32);
  const { passphrase = '', ...rest } = more;
  const { content, proof, passphraseProof } = await keysOf(key, token, passphrase);
  const sealed = await encrypt(content, packed({ text }), boundTo(token, 0, 0));
  const body = {
    kind: 'secret',
    token,
    proof,
    passphraseProof,
    content: toBase64(sealed),
    ...rest,
  };
  const made = await sender.post('/v1/secret-links', body);
  assert.equal(made.status, 201, made.text);
  return { id: Number(made.json.id), token, key };
}

/** Somebody outside: what the page would send. */
export async function proofsOf({ token, key }: HeldLink, passphrase = '') {
  const { proof, passphraseProof } = await keysOf(key, token, passphrase);
  return { proof, ...(passphraseProof === undefined ? {} : { passphraseProof }) };
}

export async function askPage(
  hub: Pick<LinksHub, 'base'>,
  link: Pick<HeldLink, 'token'>,
  what: string,
  json: unknown,
  from?: string,
): Promise<Told> {
  const headers = from === undefined ? {} : { 'x-forwarded-for': from };
  return ask(hub, `/s/${link.token}/${what}`, { json, headers });
}

export async function revealLink(
  hub: Pick<LinksHub, 'base'>,
  link: HeldLink,
  passphrase = '',
  from?: string,
): Promise<Told> {
  return askPage(hub, link, 'reveal', await proofsOf(link, passphrase), from);
}

/** What is in the answer of a reveal, decrypted as the page does. */
export async function textIn(
  { token, key }: HeldLink,
  told: Told,
  passphrase = '',
): Promise<string> {
  const head = fromBase64(String(told.json.content));
  const keys = await keysOf(key, token, passphrase);
  const opened = await contentKey(key, keys, head, token);
  const plain = await decrypt(opened, head, boundTo(token, 0, Number(told.json.parts)));
  return JSON.parse(new TextDecoder().decode(plain)).text;
}

export type SentFile = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

const pieceBytes = 512 * 1024;

/** As the console sends a file: encrypted here, in pieces. */
export async function aSentFile(
  sender: Sender,
  file: SentFile,
  how: { readonly withoutLast?: boolean } = {},
): Promise<HeldLink> {
  const token = toBase64(randomBytes(16));
  const key = randomBytes(32);
  const { content, proof } = await keysOf(key, token, '');
  const parts = Math.ceil(file.bytes.length / pieceBytes);
  const about = { file: { name: file.name, type: 'text/html', size: file.bytes.length } };
  const head = toBase64(await encrypt(content, packed(about), boundTo(token, 0, parts)));
  const facts = { kind: 'secret', token, proof, content: head, fileBytes: file.bytes.length };
  const made = await sender.post('/v1/secret-links', facts);
  assert.equal(made.status, 201, String(made.json.detail));
  const last = how.withoutLast === true ? parts - 1 : parts;
  for (let part = 1; part <= last; part += 1) {
    const piece = await encryptedPiece(content, file.bytes, token, part);
    const path = `/v1/secret-links/${made.json.id}/parts/${part}`;
    assert.equal((await sender.post(path, { content: piece })).status, 204);
  }
  return { id: Number(made.json.id), token, key };
}

async function encryptedPiece(
  key: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
  token: string,
  part: number,
): Promise<string> {
  const parts = Math.ceil(bytes.length / pieceBytes);
  const piece = bytes.slice((part - 1) * pieceBytes, part * pieceBytes);
  return toBase64(await encrypt(key, piece, boundTo(token, part, parts)));
}

/** The file whose head is in the answer of a reveal, fetched as the page does. */
export async function fileIn(
  hub: Pick<LinksHub, 'base'>,
  link: HeldLink,
  told: Told,
): Promise<SentFile> {
  const { token, key } = link;
  const parts = Number(told.json.parts);
  const head = fromBase64(String(told.json.content));
  const opened = await contentKey(key, await keysOf(key, token, ''), head, token);
  const plain = await decrypt(opened, head, boundTo(token, 0, parts));
  const pieces: Uint8Array[] = [];
  for (let part = 1; part <= parts; part += 1) {
    const { json } = await askPage(hub, link, `parts/${part}`, { pass: told.json.pass });
    const sealed = fromBase64(String(json.content));
    pieces.push(await decrypt(opened, sealed, boundTo(token, part, parts)));
  }
  const done = await askPage(hub, link, 'fetched', { pass: told.json.pass });
  assert.equal(done.status, 204);
  const { file } = JSON.parse(new TextDecoder().decode(plain));
  return { name: file.name, bytes: joinBytes(...pieces) };
}

/** As the console asks: the public key goes out, the other stays. */
export async function aRequest(sender: Sender) {
  const token = toBase64(randomBytes(16));
  const keys = await requestKeys();
  const { proof } = await keysOf(keys.read, token, '');
  const { proof: giveProof } = await keysOf(keys.give, token, '');
  const body = { kind: 'request', token, proof, giveProof, label: 'The portal password' };
  const made = await sender.post('/v1/secret-links', body);
  assert.equal(made.status, 201, made.text);
  const id = Number(made.json.id);
  return { give: { id, token, key: keys.give }, read: { id, token, key: keys.read } };
}

/** An outside person's answer, as the page sends it. */
export async function anAnswer(
  hub: Pick<LinksHub, 'base'>,
  link: HeldLink,
  said: string | SentFile,
): Promise<Told> {
  const { token, key } = link;
  const own = await requestKeys();
  const content = await agreed(own.read, key, token);
  const { proof } = await keysOf(key, token, '');
  const isText = typeof said === 'string';
  const fileBytes = isText ? 0 : said.bytes.length;
  const parts = Math.ceil(fileBytes / pieceBytes);
  const about = isText
    ? { text: said }
    : { file: { name: said.name, type: '', size: said.bytes.length } };
  const head = joinBytes(Uint8Array.of(2), own.give);
  const sealed = await encrypt(content, packed(about), boundTo(token, 0, parts), head);
  const given = await askPage(hub, link, 'give', { proof, content: toBase64(sealed), fileBytes });
  for (let part = 1; part <= parts && !isText; part += 1) {
    const piece = await encryptedPiece(content, said.bytes, token, part);
    const told = await askPage(hub, link, `give/${part}`, { proof, content: piece });
    assert.equal(told.status, 204, told.text);
  }
  return given;
}
