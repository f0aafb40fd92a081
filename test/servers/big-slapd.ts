// OpenLDAP's slapd with thousands of people over TLS, loaded once and kept: the next start copies a file.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Attribute, Change, Client } from 'ldapts';
import { lock } from './lock.ts';
import { ldifOf, peopleDn, personAt } from './many-people.ts';
import { program, runSlapd, type Slapd, slapdHead } from './slapd.ts';

export type BigSlapd = Slapd & {
  readonly peopleDn: string;
  /** Gives the people of those numbers another title; `changed` is how often they got one by now. */
  change(numbers: readonly number[], changed?: number): Promise<void>;
  remove(numbers: readonly number[]): Promise<void>;
};

const root = join(import.meta.dirname, '..', '..');
const kept = join(root, '.test-state');
/** Changed with what the kept files are made of. */
const sources = ['test/servers/many-people.ts', 'test/servers/big-slapd.ts', 'lab/people.ts'];

export async function aBigSlapd(count: number): Promise<BigSlapd> {
  const folder = mkdtempSync(join(tmpdir(), 'sundog-slapd-'));
  mkdirSync(join(folder, 'db'));
  const configuration = join(folder, 'slapd.conf');
  writeFileSync(configuration, configurationOf(folder, count), { mode: 0o600 });
  const server = await runSlapd(folder, configuration, async () => {
    const file = await loaded(count);
    // Mostly holes: Node's own copy would write them out.
    execFileSync('cp', ['--sparse=always', file, join(folder, 'db', 'data.mdb')]);
  });
  const asAdministrator = async (work: (client: Client) => Promise<void>) => {
    const client = new Client({ url: `ldap://${server.host}:${server.ports.ldap}` });
    await client.bind(server.administrator.dn, server.administrator.password.reveal());
    await work(client).finally(() => client.unbind());
  };
  return {
    ...server,
    peopleDn,
    change: (numbers, changed = 1) =>
      asAdministrator(async (client) => {
        for (const number of numbers) {
          const { dn, attributes } = personAt(number, changed);
          const [, values = []] = attributes.find(([name]) => name === 'title') ?? [];
          const modification = new Attribute({ type: 'title', values: [...values] });
          await client.modify(dn, new Change({ operation: 'replace', modification }));
        }
      }),
    remove: (numbers) =>
      asAdministrator(async (client) => {
        for (const number of numbers) await client.del(personAt(number).dn);
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The database file of so many, made when it is not there yet. */
async function loaded(count: number): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(join(root, source)));
  const file = join(kept, `slapd-${count}-${hash.digest('hex').slice(0, 16)}.mdb`);
  mkdirSync(kept, { recursive: true });
  using _ = await lock(join(kept, `slapd-${count}.lock`));
  const there = globSync(`slapd-${count}-*.mdb`, { cwd: kept }).map((name) => join(kept, name));
  if (there.includes(file)) return file;
  for (const old of there) rmSync(old);
  const folder = mkdtempSync(join(kept, 'loading-'));
  try {
    mkdirSync(join(folder, 'db'));
    const configuration = join(folder, 'slapd.conf');
    writeFileSync(configuration, configurationOf(folder, count, false), { mode: 0o600 });
    await load(configuration, count);
    renameSync(join(folder, 'db', 'data.mdb'), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return file;
}

/** `-w` writes what syncprov begins from, which it would else look for in every entry at the start. */
async function load(configuration: string, count: number): Promise<void> {
  const child = spawn(program, ['-T', 'add', '-q', '-w', '-f', configuration], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
  const ended = once(child, 'exit');
  await pipeline(Readable.from(inPieces(ldifOf(count))), child.stdin).catch(() => {});
  const [code] = await ended;
  if (code !== 0) throw new Error(`slapadd ended with ${code}: ${Buffer.concat(said)}`);
}

const pieceLength = 1 << 20;

function* inPieces(texts: Iterable<string>): Generator<string> {
  let held: string[] = [];
  let length = 0;
  for (const text of texts) {
    held.push(text);
    length += text.length;
    if (length < pieceLength) continue;
    yield held.join('');
    held = [];
    length = 0;
  }
  yield held.join('');
}

/** How large the database may grow: a person takes about 2,400 bytes, and changes need room. */
const roomBytes = 64 * 1024 * 1024;
const bytesEach = 5_000;

function configurationOf(folder: string, count: number, tls = true): string {
  const head = slapdHead(folder, 'unlimited');
  return `${tls ? head : head.replaceAll(/^TLS.*$/gm, '')}
maxsize ${roomBytes + count * bytesEach}
index objectClass,uid,mail,member,entryUUID,entryCSN,modifyTimestamp eq
overlay syncprov
syncprov-sessionlog 10000
`;
}
