// The database the hub brings along, through the accidents of an administrator's day.
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { packagedBinaries } from './binaries.ts';
import { openEmbedded } from './embedded.ts';
import { canRun } from './server-user.ts';
import { markUse } from './start-lock.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'test', 'processes', 'store.ts');
const root = process.getuid?.() === 0;
/** Someone ordinary: as root `nobody`, whom the machine knows. */
const ordinary = root ? { uid: 65_534, gid: 65_534 } : {};
const needsRoot = root ? false : 'only root can be somebody else';
const needsOrdinary =
  !root || canRun({ uid: 65_534, gid: 65_534 }, process.execPath)
    ? false
    : 'an ordinary user cannot reach this copy of Node';

const Ready = z.object({
  started: z.boolean(),
  pid: z.int(),
  dataFolder: z.string(),
  fsync: z.string(),
});
const Refused = z.object({ code: z.string(), message: z.string() });
const Message = z.union([
  z.object({ ready: Ready }),
  z.object({ refused: Refused }),
  z.object({ lost: z.boolean() }),
]);

describe('The embedded database', () => {
  let base: string;
  let count = 0;
  const children: ChildProcess[] = [];
  let seed: string;
  before(async () => {
    base = fs.mkdtempSync(join(tmpdir(), 'sundog-embedded-'));
    fs.chmodSync(base, 0o777);
    seed = join(base, 'seed');
    await leave((await ready({ dataFolder: seed })).child);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null) await leave(child);
  });
  after(() => fs.rmSync(base, { recursive: true, force: true }));

  function aFolder(): string {
    count += 1;
    return join(base, `data-${count}`);
  }

  /** One that was used before: the database in it is stopped. */
  function aUsedFolder(): string {
    const folder = aFolder();
    // Not fs.cpSync: the owners of the files matter.
    spawnSync('cp', ['-a', seed, folder]);
    return folder;
  }

  async function use(asked: object, user: object = {}) {
    const child = fork(program, [JSON.stringify({ chosen: true, ...asked })], {
      ...user,
      cwd: '/',
    });
    children.push(child);
    for await (const [message] of on(child, 'message')) {
      const said = Message.parse(message);
      if ('ready' in said) return { child, ...said.ready };
      if ('refused' in said) return { child, ...said.refused };
    }
    throw new Error('It said nothing.');
  }

  async function ready(asked: object, user?: object) {
    const said = await use(asked, user);
    if ('code' in said) assert.fail(`refused: ${said.message}`);
    return said;
  }

  async function refused(asked: object, user?: object) {
    const said = await use(asked, user);
    if ('pid' in said) assert.fail('it started');
    return said;
  }

  it('starts on an empty folder, keeps what is committed, and stops with its last user', async () => {
    const dataFolder = aFolder();

    const hub = await ready({ dataFolder });
    assert.equal(hub.started, true);
    assert.equal(hub.fsync, 'on');
    await leave(hub.child);

    assert.equal(isAlive(hub.pid), false);
    assert.equal(fs.existsSync(join(dataFolder, 'database', 'postmaster.pid')), false);
  });

  it('lets nobody in without the password, and listens on no network', async () => {
    await using embedded = await openEmbedded({ dataFolder: aFolder(), chosen: true });
    const url = embedded.connectionString('owner', 'postgres').reveal();

    const stranger = new pg.Client({ connectionString: url.replace(/:[^:@]+@/, ':wrong@') });
    await assert.rejects(stranger.connect(), /password authentication failed/);
    const owner = new pg.Client({ connectionString: url });
    await owner.connect();
    const { rows } = await owner.query('show listen_addresses');
    const { host } = owner;
    await owner.end();

    assert.deepEqual(rows, [{ listen_addresses: '' }]);
    assert.equal(fs.statSync(host).mode & 0o777, 0o700);
    const hba = fs.readFileSync(join(embedded.dataFolder, 'database', 'pg_hba.conf'), 'utf8');
    assert.doesNotMatch(hba, /^[^#].*\btrust$/m);
    for (const file of ['database.json', 'database.log']) {
      assert.equal(fs.statSync(join(embedded.dataFolder, file)).mode & 0o077, 0, file);
    }
  });

  it('is joined by a command while the hub runs, and outlives whichever leaves first', async () => {
    const dataFolder = aUsedFolder();
    const hub = await ready({ dataFolder });
    const command = await ready({ dataFolder });
    assert.equal(command.started, false);
    assert.equal(command.pid, hub.pid);

    await leave(hub.child);
    assert.equal(isAlive(hub.pid), true);
    await leave(command.child);
    assert.equal(isAlive(hub.pid), false);
  });

  it('is adopted when the hub was killed, and stopped by who adopted it', async () => {
    const dataFolder = aUsedFolder();
    const killed = await ready({ dataFolder });
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    assert.equal(isAlive(killed.pid), true);

    const next = await ready({ dataFolder });
    assert.equal(next.started, false);
    assert.equal(next.pid, killed.pid);
    await leave(next.child);

    assert.equal(isAlive(killed.pid), false);
  });

  it('is made once when two processes start on the empty folder at the same moment', async () => {
    const dataFolder = aFolder();

    const [one, two] = await Promise.all([ready({ dataFolder }), ready({ dataFolder })]);

    assert.equal(one.pid, two.pid);
    assert.equal([one, two].filter(({ started }) => started).length, 1);
  });

  it('recovers when it was killed itself, after telling its users', async () => {
    const dataFolder = aUsedFolder();
    const hub = await ready({ dataFolder });
    const told = heard(hub.child, 'lost');
    process.kill(hub.pid, 'SIGKILL');
    assert.equal(await told, true);

    const next = await ready({ dataFolder });

    assert.equal(next.started, true);
  });

  it('starts though its pid file names a program that is none of its own', async () => {
    const dataFolder = aUsedFolder();
    const pidFile = join(dataFolder, 'database', 'postmaster.pid');
    fs.writeFileSync(pidFile, `${process.pid}\n${dataFolder}\n1\n5432\n\n\n0 0\nready   \n`);

    assert.equal((await ready({ dataFolder })).started, true);
  });

  it('never starts beside one that only another container can see', async () => {
    const dataFolder = aUsedFolder();
    // A container has its own process numbers; the lock on the file is what both see.
    const other = markUse(dataFolder);
    const { code } = await refused({ dataFolder });
    other.close();

    assert.equal(code, 'store.used-elsewhere');
    assert.equal((await ready({ dataFolder })).started, true);
  });

  it('starts though a first start was cut off half-way', async () => {
    const dataFolder = aFolder();
    fs.mkdirSync(join(dataFolder, 'database.new', 'base'), { recursive: true });
    fs.writeFileSync(join(dataFolder, 'database.json'), '{"owner":');

    assert.equal((await ready({ dataFolder })).started, true);
  });

  it('keeps its socket in a short private folder when the data folder lies deep', async () => {
    const dataFolder = join(aFolder(), 'deep'.repeat(30));

    const before = fs.readdirSync(tmpdir()).filter(isSocketFolder);
    const hub = await ready({ dataFolder });
    const added = fs
      .readdirSync(tmpdir())
      .filter((name) => !before.includes(name) && isSocketFolder(name));
    await leave(hub.child);

    assert.equal(hub.started, true);
    assert.equal(added.length, 1);
    assert.equal(fs.existsSync(join(tmpdir(), added[0] ?? '')), false, 'it was left behind');
  });

  it('says in a sentence when its password file is lost', async () => {
    const dataFolder = aUsedFolder();
    fs.rmSync(join(dataFolder, 'database.json'));

    assert.equal((await refused({ dataFolder })).code, 'store.password-lost');
  });

  it('says in a sentence when it cannot start, with its own reason', async () => {
    const dataFolder = aUsedFolder();
    fs.writeFileSync(join(dataFolder, 'database', 'postgresql.conf'), 'nonsense = on\n');

    const { code, message } = await refused({ dataFolder });

    assert.equal(code, 'store.start-failed');
    assert.match(message, /nonsense|configuration file/);
  });

  it('says in a sentence when something else stands in the place of the folder', async () => {
    const dataFolder = aFolder();
    fs.writeFileSync(dataFolder, 'a file');

    const { code, message } = await refused({ dataFolder });

    assert.equal(code, 'store.folder-unwritable');
    assert.match(message, /^The data folder .+ cannot be written \(EEXIST\); .+\.$/);
  });

  it('runs for an ordinary user', { skip: needsOrdinary }, async () => {
    const dataFolder = aFolder();

    const hub = await ready({ dataFolder }, ordinary);

    assert.equal(hub.started, true);
    assert.equal(fs.statSync(join(dataFolder, 'database')).mode & 0o777, 0o700);
  });

  it('tells an ordinary user that the folder is not writable', {
    skip: needsOrdinary,
  }, async () => {
    const dataFolder = aFolder();
    fs.mkdirSync(dataFolder, { mode: 0o555 });

    const { code, message } = await refused({ dataFolder: join(dataFolder, 'data') }, ordinary);

    assert.equal(code, 'store.folder-unwritable');
    assert.match(message, /EACCES/);
  });

  describe('started by root', { skip: needsRoot }, () => {
    it('runs as another user, who owns nothing but the database', async () => {
      const dataFolder = aFolder();

      const hub = await ready({ dataFolder });

      assert.notEqual(ownerOf(hub.pid), 0);
      assert.equal(fs.statSync(dataFolder).uid, 0);
      assert.equal(fs.statSync(join(dataFolder, 'database.json')).uid, 0);
      assert.equal(fs.statSync(join(dataFolder, 'database')).mode & 0o777, 0o700);
    });

    it('moves to the system folder when nobody chose the unreachable one', async () => {
      const fallbackFolder = aFolder();

      const hub = await ready({ dataFolder: aPrivateFolder(), chosen: false, fallbackFolder });

      assert.equal(hub.dataFolder, fallbackFolder);
    });

    it('refuses an unreachable folder that somebody chose', async () => {
      const { code, message } = await refused({ dataFolder: aPrivateFolder() });

      assert.equal(code, 'store.folder-unreachable');
      assert.match(message, /move SUNDOG_DATA/);
    });

    it('copies the binaries when its user cannot reach them', async () => {
      const dataFolder = aFolder();
      const native = join(aPrivateFolder(), 'native');
      fs.cpSync(packagedBinaries().folder, native, { recursive: true, verbatimSymlinks: true });

      const hub = await ready({ dataFolder, native });

      assert.equal(hub.started, true);
      assert.ok(fs.existsSync(join(dataFolder, 'postgresql-test', 'native', 'bin', 'postgres')));
    });

    it('leaves an ordinary user a sentence about whose it is', {
      skip: needsOrdinary,
    }, async () => {
      const dataFolder = aUsedFolder();
      fs.chmodSync(dataFolder, 0o777);

      assert.equal((await refused({ dataFolder }, ordinary)).code, 'store.folder-foreign');
    });
  });

  describe('of an ordinary user', { skip: needsRoot || needsOrdinary }, () => {
    it('runs from a copy when the library links are missing and cannot be made', async () => {
      const dataFolder = aFolder();
      const native = join(aFolder(), 'native');
      fs.cpSync(packagedBinaries().folder, native, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => !fs.lstatSync(source).isSymbolicLink(),
      });

      const hub = await ready({ dataFolder, native }, ordinary);

      assert.equal(hub.started, true);
      assert.ok(fs.existsSync(join(dataFolder, 'postgresql-test', 'native', 'lib', 'libpq.so.5')));
    });
  });

  /** As below /root: nobody but root gets in. */
  function aPrivateFolder(): string {
    const folder = aFolder();
    fs.mkdirSync(folder, { mode: 0o700 });
    return join(folder, 'data');
  }
});

function isSocketFolder(name: string): boolean {
  return /^sundog-[0-9a-f]{12}$/.test(name);
}

async function leave(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (child.connected) child.send('leave', () => {});
  await exit;
}

async function heard(child: ChildProcess, word: string): Promise<unknown> {
  for await (const [message] of on(child, 'message')) {
    if (typeof message === 'object' && word in message) return message[word];
  }
  return undefined;
}

function ownerOf(pid: number): number {
  return fs.statSync(`/proc/${pid}`).uid;
}

/** A process that has ended but was not yet collected by its parent counts as ended. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return fs.existsSync(file) && !/\) Z /.test(fs.readFileSync(file, 'utf8'));
}
