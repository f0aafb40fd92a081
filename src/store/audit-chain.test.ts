// Committed entries are numbered and chained, without their writers waiting for each other.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { theHub } from '#domain/actor.ts';
import { newId } from '#lib/ids.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type AuditEntry, audit } from './audit.ts';
import { chained, chainOldest } from './audit-chain.ts';
import { field, sha256 } from './audit-format.ts';
import { inTransaction } from './db.ts';

const disabled: AuditEntry = {
  actor: { ...theHub, address: '192.0.2.7', behind: { kind: 'agent', id: '4', name: 'Rosa Hale' } },
  action: 'account.disabled',
  subject: { kind: 'account', id: 'a-1', name: 'Inès Marlow' },
  outcome: 'done',
  because: 'inactive in Halo since Friday',
  ticketId: 17,
  clientId: 3,
};

describe('The chain of the audit trail', () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  const chain = async () => {
    const { rows } = await database.pool.query(
      'select seq, entry_id, previous, hash from audit_chain order by seq',
    );
    return rows;
  };

  it('has an entry once somebody waits for it, with a number and the hash before it', async () => {
    const ids = await audit(database.db, [disabled, disabled]);

    await chained(database.db, ids);

    const rows = await chain();
    assert.deepEqual(
      rows.map(({ seq, entry_id }) => [seq, entry_id]),
      ids.map((id, at) => [at + 1, id]),
    );
    assert.deepEqual(rows[0].previous, Buffer.alloc(32));
    assert.deepEqual(rows[1].previous, rows[0].hash);
  });

  it('hashes an entry as it is written down for strangers', async () => {
    const [id = ''] = await audit(database.db, [disabled]);
    await chained(database.db, [id]);

    const { rows } = await database.pool.query(
      `select *, (extract(epoch from at) * 1000000)::bigint - 946684800000000 as micros
       from audit_entries join audit_chain on entry_id = id where id = $1`,
      [id],
    );
    const [row] = rows;
    const number = (bytes: 2 | 4 | 8, value: number) => {
      const buffer = Buffer.alloc(bytes);
      if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
      else buffer.writeIntBE(value, 0, bytes);
      return buffer;
    };
    const fields = [
      number(2, 1),
      number(8, row.seq),
      row.previous,
      Buffer.from(id.replaceAll('-', ''), 'hex'),
      number(8, Number(row.micros)),
      ...['system', 'sundog', 'Sundog', 'agent', '4', 'Rosa Hale', '192.0.2.7'],
      ...['account.disabled', 'account', 'a-1', null, 'done', null],
      ...[number(4, 17), null, null, number(4, 3)],
      row.text_digest,
    ];
    assert.deepEqual(row.hash, sha256(Buffer.concat(fields.map(field))));
  });

  it('refuses to vouch for an entry that is not committed', async () => {
    const refused = inTransaction(database.db, async (tx) => {
      const ids = await audit(tx, [disabled]);
      await chained(database.db, ids);
    });

    await assert.rejects(refused, { code: 'audit.unavailable', status: 503 });
    await assert.rejects(chained(database.db, [newId()]), { code: 'audit.unavailable' });
  });

  it('is not held back by a transaction that stays open, and takes its entries when it ends', async () => {
    const late: string[] = [];
    const open = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const slow = inTransaction(database.db, async (tx) => {
      late.push(...(await audit(tx, [disabled])));
      written.resolve();
      await open.promise;
    });
    await written.promise;

    const [early = ''] = await audit(database.db, [disabled]);
    await chained(database.db, [early]);
    open.resolve();
    await slow;
    await chained(database.db, late);

    const ids = (await chain()).map(({ entry_id }) => entry_id);
    assert.deepEqual(ids.slice(-2), [early, ...late]);
  });

  it('has every entry once and no gap when many write and many chain', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const ids = await audit(
          database.db,
          Array.from({ length: 5 }, () => disabled),
        );
        if (at % 2 === 0) await chained(database.db, ids);
      }),
    );
    while ((await chainOldest(database.db, 30)) > 0);

    const rows = await chain();
    const { rows: counted } = await database.pool.query('select count(*) as n from audit_entries');
    assert.equal(rows.length, counted[0].n);
    assert.deepEqual(
      rows.map(({ seq }) => seq),
      rows.map((_, at) => at + 1),
    );
  });

  it('is carried on without reading the trail, however long that is', async () => {
    const readWhole = async () => {
      const { rows } = await database.pool.query(
        "select pg_stat_force_next_flush(), seq_scan from pg_stat_user_tables where relname = 'audit_entries'",
      );
      return rows[0].seq_scan;
    };
    await audit(
      database.db,
      Array.from({ length: 3_000 }, () => disabled),
    );
    await chainOldest(database.db, 2_900);
    await readWhole();
    const before = await readWhole();

    await chainOldest(database.db, 50);
    await chained(database.db, await audit(database.db, [disabled]));

    await readWhole();
    assert.equal(await readWhole(), before);
  });

  it('cannot be written, bent or emptied by the role the hub works with', async () => {
    for (const statement of [
      'insert into audit_chain select * from audit_chain',
      'update audit_chain set seq = seq + 1',
      'delete from audit_chain',
      'truncate audit_chain',
      'delete from audit_pending',
      'insert into audit_pending values (gen_random_uuid())',
      "update audit_texts set because = ''",
      'delete from audit_texts',
      'delete from audit_checkpoints',
      'update audit_checkpoints set seq = seq + 1',
      'update audit_entries set address = null',
    ]) {
      await assert.rejects(database.pool.query(statement), { code: '42501' }, statement);
    }
  });
});
