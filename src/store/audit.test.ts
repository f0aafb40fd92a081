// Who did what to what, in the same transaction, and never changed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { theHub } from '#domain/actor.ts';
import { Secret } from '#lib/secret.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type AuditEntry, audit, audited, listAudit } from './audit.ts';
import { inTransaction } from './db.ts';

const disabled: AuditEntry = {
  actor: theHub,
  action: 'account.disabled',
  subject: { kind: 'account', id: 'a-1', name: 'Ines Marlow' },
  outcome: 'done',
  because: 'inactive in Halo since Friday',
};

describe('An audit entry', () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  it('is kept with its texts, the newest read first', async () => {
    const renamed: AuditEntry = {
      ...disabled,
      action: 'account.updated',
      field: 'department',
      before: 'Sales',
      after: null,
      runId: 'run-1',
    };
    await audit(database.db, [disabled, renamed]);

    const { items } = await listAudit(database.db, { limit: 10 });

    assert.deepEqual(
      items.map(({ action, field, before, after, because, runId }) => [
        action,
        field,
        before,
        after,
        because,
        runId,
      ]),
      [
        ['account.updated', 'department', 'Sales', null, disabled.because, 'run-1'],
        ['account.disabled', null, null, null, disabled.because, null],
      ],
    );
  });

  it('is read on from where a page ended', async () => {
    await audit(
      database.db,
      Array.from({ length: 5 }, () => disabled),
    );
    const seen: string[] = [];
    let next: string | undefined;

    do {
      const page = await listAudit(database.db, { limit: 2, ...(next ? { before: next } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    } while (next !== undefined);

    const { rows } = await database.pool.query('select count(*) as n from audit_entries');
    assert.equal(seen.length, rows[0].n);
    assert.deepEqual(seen, seen.toSorted().reverse());
  });

  it('is gone with the transaction it was written in', async () => {
    const failing = inTransaction(database.db, async (tx) => {
      await audit(tx, [{ ...disabled, subject: { ...disabled.subject, id: 'rolled-back' } }]);
      throw new Error('changed our mind');
    });

    await assert.rejects(failing);
    const page = await listAudit(database.db, {
      limit: 10,
      subject: { kind: 'account', id: 'rolled-back' },
    });
    assert.deepEqual(page.items, []);
  });

  it('is one statement with what it tells, kept with it or gone with it', async () => {
    const of = (id: string) => ({ ...disabled, subject: { ...disabled.subject, id } });
    const mark = (entry: AuditEntry) =>
      audited(database.db, [entry])
        .insertInto('marks')
        .values({ name: 'told', value: entry.subject.id })
        .execute();

    await mark(of('kept'));
    await assert.rejects(mark(of('lost')), /duplicate key/);

    const found = async (id: string) => {
      const subject = { kind: 'account', id };
      return (await listAudit(database.db, { limit: 9, subject })).items.length;
    };
    assert.deepEqual([await found('kept'), await found('lost')], [1, 0]);
  });

  it('of nothing is nothing, and what would have been told is done all the same', async () => {
    const { rows } = await database.pool.query('select count(*) as n from audit_entries');

    await audited(database.db, [])
      .insertInto('marks')
      .values({ name: 'untold', value: 'x' })
      .execute();
    const ids = await audit(database.db, []);

    const now = await database.pool.query('select count(*) as n from audit_entries');
    const found = await database.db
      .selectFrom('marks')
      .select('value')
      .where('name', '=', 'untold')
      .execute();
    assert.deepEqual([ids, now.rows, found], [[], rows, [{ value: 'x' }]]);
  });

  for (const { manner, others } of [
    { manner: 'alone', others: 0 },
    { manner: 'with another', others: 1 },
    { manner: 'among hundreds', others: 300 },
  ]) {
    it(`written ${manner} keeps every character, save for half of one, and fits its digest`, async () => {
      const subject = { kind: 'account', id: `odd ${manner}`, name: 'O’Neil "\\" \n 🌞' };
      const odd = { ...disabled, subject, before: '\\x41', after: 'a\ud800b', because: '' };
      await audit(database.db, [...Array.from({ length: others }, () => disabled), odd]);

      const { items } = await listAudit(database.db, { limit: 1 });
      const { rows } = await database.pool.query(
        `select sha256(audit_text_bytes(texts)) = text_digest as fits, field
         from audit_entries join audit_texts as texts on entry_id = id where subject_id = $1`,
        [subject.id],
      );

      const [entry] = items;
      assert.deepEqual(
        [entry?.subject, entry?.before, entry?.after, entry?.because],
        [subject, '\\x41', 'a\ufffdb', ''],
      );
      assert.deepEqual(rows, [{ fits: true, field: null }]);
    });
  }

  it('of many that are written together stands with all of them or not at all', async () => {
    const { rows } = await database.pool.query('select count(*) as n from audit_entries');
    const many = Array.from({ length: 300 }, () => disabled);
    const textsFail = { ...disabled, because: 'before\0after' };

    await assert.rejects(audit(database.db, [...many, textsFail]), /0x00/);

    const now = await database.pool.query('select count(*) as n from audit_entries');
    assert.deepEqual(now.rows, rows);
  });

  it('is written by the thousand in one go', async () => {
    await audit(
      database.db,
      Array.from({ length: 5_000 }, () => disabled),
    );
  });

  it('cannot be changed by the owner of the tables either', async () => {
    await audit(database.db, [disabled]);
    const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
    await owner.connect();

    for (const statement of [
      "update audit_entries set actor_name = 'somebody else'",
      'delete from audit_entries',
      'truncate audit_entries, audit_texts',
      "update audit_texts set because = ''",
    ]) {
      await assert.rejects(owner.query(statement), /are inserted and never changed/, statement);
    }
    await owner.end();
  });

  it('takes no secret', async () => {
    const secret: unknown = new Secret('hidden');
    const entry = { ...disabled };
    Object.assign(entry, { after: secret });

    await assert.rejects(audit(database.db, [entry]), TypeError);
  });

  it('has an action in words like account.disabled', async () => {
    await assert.rejects(audit(database.db, [{ ...disabled, action: 'Disabled it' }]), /check/);
  });
});
