// The same store on a server of the administrator's: PostgreSQL as Debian packages it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { theHub } from '#domain/actor.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { aRealPostgres, postgresAbsent, type RealPostgres } from '#test/servers/postgres.ts';
import { audit } from './audit.ts';
import { takeHubLock } from './hub-lock.ts';
import { openStore, type StoreSettings } from './store.ts';

describe("A PostgreSQL server of the administrator's", { skip: postgresAbsent() }, () => {
  let server: RealPostgres;
  let folder: string;
  let settings: StoreSettings;
  before(async () => {
    server = await aRealPostgres();
    folder = mkdtempSync(join(tmpdir(), 'sundog-store-'));
    settings = {
      dataFolder: folder,
      dataFolderChosen: true,
      databaseUrl: server.connectionString('sundog_hub'),
      databaseOwnerUrl: server.connectionString('sundog_owner'),
      log: silentLog,
    };
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks for the owner when the schema is to be made and the hub may not', async () => {
    const { databaseOwnerUrl: _, ...hubOnly } = settings;

    await assert.rejects(openStore(hubOnly), { code: 'store.migration-denied' });
  });

  it('serves two hubs that open the empty database at the same moment', async () => {
    await using one = await openStore(settings);
    const [two, three] = await Promise.all([openStore(settings), openStore(settings)]);

    const { rows } = await one.pool.query('select count(*) from schema_migrations');
    await two[Symbol.asyncDispose]();
    await three[Symbol.asyncDispose]();

    assert.ok(rows[0].count >= 1);
  });

  it('lets the hub write audit entries, and never bend them', async () => {
    await using store = await openStore(settings);
    await audit(store.db, [
      {
        actor: theHub,
        action: 'account.disabled',
        subject: { kind: 'account', id: '1', name: 'Ines Marlow' },
        outcome: 'done',
      },
    ]);

    await assert.rejects(store.pool.query('delete from audit_entries'), /permission denied/);
    await assert.rejects(store.pool.query('drop table audit_entries'), /must be owner/);
  });

  it('is refused when it cannot hold every name', async () => {
    const owner = new pg.Client({
      connectionString: server.connectionString('superuser', 'postgres').reveal(),
    });
    await owner.connect();
    await owner.query("create database ascii encoding 'SQL_ASCII' locale 'C' template template0");
    await owner.end();
    const databaseUrl = server.connectionString('superuser', 'ascii');

    await assert.rejects(openStore({ ...settings, databaseUrl }), { code: 'store.encoding' });
  });

  it('takes any number of hubs', async () => {
    await using store = await openStore(settings);

    await using _one = await takeHubLock(store, 'all');
    await using _two = await takeHubLock(store, 'all');
  });

  it('is named in a sentence when it cannot be reached', async () => {
    const databaseUrl = new Secret('postgresql://sundog:hidden@127.0.0.1:1/sundog');

    await assert.rejects(openStore({ ...settings, databaseUrl }), (error: Error) => {
      assert.match(error.message, /^The database at 127\.0\.0\.1:1\/sundog cannot be reached/);
      assert.doesNotMatch(error.message, /hidden/);
      return true;
    });
  });
});
