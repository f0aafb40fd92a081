// The audit trail as people and programs meet it: found, redacted, exported, verified by a stranger.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { type Actor, theHub } from '#domain/actor.ts';
import { silentLog } from '#lib/log.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { chainAll } from '#store/audit-chain.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { aFront, anActor, type Front } from '#test/servers/front.ts';
import { readCheckpoints } from './checkpoint.ts';
import { makeCheckpoint } from './checkpoints.ts';
import { exportTrail } from './export.ts';
import { auditKeys } from './keys.ts';
import { auditRoutes } from './routes.ts';
import { startSequencer } from './sequencer.ts';
import { verifyDatabase, verifyExport } from './verify.ts';

const rosa: Actor = { ...theHub, kind: 'agent', id: '4', name: 'Rosa Hale', agentId: 4 };

function changed(field: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    actor: { ...rosa, address: '192.0.2.7' },
    action: 'user.updated',
    subject: { kind: 'user', id: '12', name: 'Ines Marlow' },
    field,
    before: '2026-06-01',
    after: '2026-06-16T09:30:00',
    outcome: 'done',
    ...more,
  };
}

describe('The audit trail', () => {
  let database: TestDatabase;
  let front: Front;
  let folder: string;
  before(async () => {
    database = await aDatabase();
    folder = mkdtempSync(join(tmpdir(), 'sundog-audit-'));
    front = await aFront(auditRoutes({ db: database.db, clock: () => new Date() }), {
      admin: anActor('admin', ['admin']),
      reader: anActor('reader', ['audit:read']),
      larkfield: anActor('larkfield', ['audit:read', 'audit:redact', 'audit:export'], 3),
      stranger: anActor('stranger', []),
      impersonated: {
        ...anActor('impersonated', ['admin']),
        behind: { kind: 'agent', id: '1', name: 'Ada Quill' },
      },
    });
    await audit(database.db, [
      changed('startdate', { ticketId: 17, userId: 12, clientId: 3, because: 'moved' }),
      changed('phone', { before: '0117 496 0000', after: 'hunter2', clientId: 9 }),
      changed('action', {
        subject: { kind: 'action', id: '17/2', name: 'Note' },
        actor: { ...rosa, behind: { kind: 'agent', id: '1', name: 'Ada Quill' } },
        ticketId: 17,
        clientId: 3,
      }),
    ]);
    await chainAll(database.db);
  });
  after(async () => {
    await front[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const list = async (query: string, as = 'admin') => {
    const { body } = await front.ask(as, 'GET', `/api/Audit?${query}`);
    assert.ok(Array.isArray(body), JSON.stringify(body));
    return body.map(({ id }) => id);
  };
  const numbered = async (query: string) => {
    const { body } = await front.ask('admin', 'GET', `/v1/audit?${query}`);
    return z
      .object({ items: z.array(z.object({ seq: z.int() })) })
      .parse(body)
      .items.map(({ seq }) => seq);
  };
  const ports = () => ({
    db: database.db,
    connectionString: database.connectionString,
    sealing: openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]),
    clock: () => new Date(),
    log: silentLog,
    checkpointFile: join(folder, 'checkpoints.ndjson'),
    notify: async () => {},
  });

  it('is spelt as Halo spells it', async () => {
    const { body } = await front.ask('reader', 'GET', '/api/audit/1');

    assert.ok(typeof body === 'object' && body !== null && 'guid' in body && 'date' in body);
    const { guid, date, ...rest } = body;
    assert.match(String(guid), /^[0-9a-f-]{36}$/);
    assert.match(String(date), /^\d{4}-\d\d-\d\dT[\d:.]+$/);
    assert.deepEqual(rest, {
      id: 1,
      ticket_id: 17,
      agent_id: 4,
      value: 'startdate',
      to: '2026-06-16T09:30:00',
      from: '2026-06-01',
      table_name: 'Users',
      id1: 12,
      id2: null,
      clientid: 3,
      actoutcome: 'done: moved',
      user_id: 12,
      username: 'Rosa Hale',
      datetime_to: '2026-06-16T09:30:00',
      datetime_from: '2026-06-01T00:00:00',
    });
  });

  it('says how it stands before a checkpoint was ever signed', async () => {
    const { status, body } = await front.ask('reader', 'GET', '/v1/audit/state');

    assert.equal(status, 200);
    assert.match(JSON.stringify(body), /"entries":3,"waiting":0.*"checkpoint":null/);
  });

  it('is found by what it concerns, who acted, when and in which words', async () => {
    const today = new Date().toISOString().slice(0, 10);

    assert.deepEqual(await list(''), [3, 2, 1]);
    assert.deepEqual(await list('ticket_id=17'), [3, 1]);
    assert.deepEqual(await list('TABLE_NAME=users&id1=12'), [2, 1]);
    assert.deepEqual(await list('table_name=Actions&id1=17'), [3]);
    assert.deepEqual(await list('table_name=Actions&id1=1'), []);
    assert.deepEqual(await numbered('kind=action&recordId=17/2'), [3]);
    assert.deepEqual(await numbered('kind=action&recordId=17/3'), []);
    assert.deepEqual(await list('agent_id=4&user_id=12'), [1]);
    assert.deepEqual(await list('clientid=9'), [2]);
    assert.deepEqual(await list('search=HUNTER2'), [2]);
    assert.deepEqual(await list('search=%25'), []);
    assert.deepEqual(await list(`startdate=${today}&enddate=${today}`), [3, 2, 1]);
    assert.deepEqual(await list('enddate=2020-01-01'), []);
  });

  it('is read in pages, by number, and says where older entries are', async () => {
    assert.deepEqual(await list('page_size=1&page_no=2'), [2]);
    assert.deepEqual(await list('count=2&before=3'), [2, 1]);
    assert.deepEqual(await list('ticket_id=17&before=3'), [1]);

    const { body } = await front.ask('admin', 'GET', '/api/Audit?pageinate=true&page_size=2');
    assert.ok(typeof body === 'object' && body !== null && 'record_count' in body);
    assert.equal(body.record_count, 3);
    assert.match(JSON.stringify(body), /There are older entries: ask with before=2/);
  });

  it('shows whoever is bound to a client nothing of another, by any door', async () => {
    assert.deepEqual(await list('', 'larkfield'), [3, 1]);
    assert.deepEqual(await list('clientid=9', 'larkfield'), []);
    for (const path of ['/api/Audit/2', '/v1/audit/2']) {
      assert.equal((await front.ask('larkfield', 'GET', path)).status, 404, path);
    }
    const redacted = await front.ask('larkfield', 'POST', '/api/Audit', { id: 2, _redact: true });
    assert.equal(redacted.status, 404);
    const exported = await front.ask('larkfield', 'GET', '/v1/audit/export');
    assert.doesNotMatch(exported.text, /hunter2/);
  });

  it('is closed to those without the permission, and never deleted or written by hand', async () => {
    for (const path of ['/api/Audit', '/api/Audit/1', '/v1/audit', '/v1/audit/export']) {
      assert.equal((await front.ask('stranger', 'GET', path)).status, 403, path);
      assert.equal((await front.ask(undefined, 'GET', path)).status, 401, path);
    }
    assert.equal((await front.ask('reader', 'GET', '/v1/audit/export')).status, 403);
    const redact = { id: 1, _redact: true };
    assert.equal((await front.ask('reader', 'POST', '/api/Audit', redact)).status, 403);
    assert.equal((await front.ask('impersonated', 'POST', '/api/Audit', redact)).status, 403);
    const deleted = await front.ask('admin', 'DELETE', '/api/Audit/1');
    assert.equal(deleted.status, 403);
    assert.match(deleted.text, /never deleted/);
    const written = await front.ask('admin', 'POST', '/api/Audit', [{ value: 'forged' }]);
    assert.match(written.text, /written by the hub alone/);
  });

  it('refuses what is no number, no date or no text', async () => {
    for (const query of [
      'ticket_id=x',
      'startdate=31',
      `search=${'x'.repeat(201)}`,
      'before=1.5',
    ]) {
      assert.equal((await front.ask('admin', 'GET', `/api/Audit?${query}`)).status, 400, query);
    }
    assert.equal((await front.ask('admin', 'GET', '/api/Audit/999')).status, 404);
    assert.equal((await front.ask('admin', 'POST', '/v1/audit/2/redact', {})).status, 400);
  });

  it('loses the texts of a redacted entry for good, keeps its proof, and says who did it', async () => {
    const { status, body } = await front.ask('admin', 'POST', '/api/Audit', [
      { id: 2, _redact: true },
    ]);

    assert.equal(status, 201);
    assert.ok(typeof body === 'object' && body !== null);
    assert.match(JSON.stringify(body), /"to":null,"from":null/);
    assert.match(JSON.stringify(body), /texts of this entry were destroyed/);
    const kept = await database.pool.query('select * from audit_texts');
    assert.doesNotMatch(JSON.stringify(kept.rows), /hunter2|0117/);
    assert.deepEqual(await list('table_name=audit%20entry'), [4]);
    assert.equal((await verifyDatabase(ports(), { files: [] })).bad, null);
    const again = await front.ask('admin', 'POST', '/v1/audit/2/redact', { because: 'again' });
    assert.equal(again.status, 200);
    assert.equal((await list('')).length, 4);
  });

  it('lets nobody destroy a text in silence, not even through the function that does it', async () => {
    const { rows } = await database.pool.query('select entry_id from audit_chain where seq = 1');

    await assert.rejects(
      database.pool.query('select audit_redact($1)', [rows[0].entry_id]),
      /inserted and never changed/,
    );
  });

  it('is verified by a stranger with an export, the key and a checkpoint kept elsewhere', async () => {
    await makeCheckpoint(ports());
    const { points } = await readCheckpoints(ports().checkpointFile);
    const file = join(folder, 'trail.ndjson');
    const chunks = await Array.fromAsync(exportTrail(database.db, {}, { format: 'ndjson' }));
    writeFileSync(file, chunks.join(''));
    const key = JSON.stringify({ keys: await auditKeys(database.db) });
    const asked = { key, files: [ports().checkpointFile] };

    const verdict = await verifyExport(file, asked);
    assert.deepEqual([verdict.bad, verdict.count, verdict.checkpoints], [null, 4, 1]);
    assert.equal(points.at(-1)?.seq, 4);

    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('192.0.2.7', '192.0.2.8'));
    assert.equal((await verifyExport(file, asked)).bad?.seq, 1);
    writeFileSync(file, text.trim().split('\n').slice(0, 3).join('\n'));
    assert.equal((await verifyExport(file, asked)).bad?.seq, 4);
    const other = 'A'.repeat(43);
    writeFileSync(file, text);
    assert.match(
      (
        await verifyExport(file, { ...asked, key: other }).catch(({ message }) => ({
          bad: { sentence: String(message) },
        }))
      ).bad?.sentence ?? '',
      /not signed with a known key|key cannot be read/,
    );
  });

  it('goes to a SIEM as one line an entry, whatever is in its texts', async () => {
    const text = 'a|b=c\\d\nCEF:0|forged|';
    await audit(database.db, [changed('note', { after: text })]);
    await chainAll(database.db);

    const { text: lines } = await front.ask('admin', 'GET', '/v1/audit/export?format=cef&from=5');

    assert.equal(lines.trim().split('\n').length, 1);
    assert.match(
      lines,
      /^CEF:0\|Sundog\|Sundog\|1\|user\.updated\|user\.updated\|3\|rt=\d+ externalId=5 /,
    );
    assert.ok(lines.includes('cs5=a|b\\=c\\\\d\\nCEF:0|forged|'));
    assert.match(lines, / src=192\.0\.2\.7 /);
  });

  it('is chained by itself soon, and how it stands is told', async () => {
    await using _sequencer = startSequencer(ports());
    await audit(database.db, [changed('late')]);

    let waits = 1;
    for (let tries = 0; tries < 50 && waits > 0; tries += 1) {
      const { body } = await front.ask('reader', 'GET', '/v1/audit/state');
      assert.ok(typeof body === 'object' && body !== null && 'waiting' in body);
      waits = Number(body.waiting);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(waits, 0);
  });

  it('gives its public key to anybody', async () => {
    const { status, body } = await front.ask(undefined, 'GET', '/v1/audit/keys');

    assert.equal(status, 200);
    assert.match(JSON.stringify(body), /"crv":"Ed25519"/);
  });
});
