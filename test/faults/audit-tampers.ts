// Bends an audit trail in every way its owner could, each in a transaction that is rolled back, and says which
// number verification must name.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Actor, theHub } from '#domain/actor.ts';
import { makeCheckpoint } from '#features/audit/checkpoints.ts';
import { auditKeys, readKeys } from '#features/audit/keys.ts';
import { redactEntry } from '#features/audit/redact.ts';
import { type Verdict, verifyOn } from '#features/audit/verify.ts';
import { newId } from '#lib/ids.ts';
import { silentLog } from '#lib/log.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { chainAll } from '#store/audit-chain.ts';
import { openSealing } from '#store/sealing.ts';
import fc from '#test/property.ts';
import { aDatabase } from '#test/servers/database.ts';

const entries = 60;
const signed = 50;

export type Tamper = {
  readonly how: (typeof ways)[number];
  /** Which entry, from 1 to `entries`. */
  readonly at: number;
  readonly other: number;
  readonly random: number;
};

const ways = [
  'chain column',
  'entry column',
  'text column',
  'texts emptied',
  'link deleted',
  'entry deleted',
  'texts deleted',
  'links swapped',
  'texts swapped',
  'link appended',
  'entry appended',
  'link inserted',
  'link far beyond',
  'tail cut off',
  'rewritten',
] as const;

export const anyTamper = fc.record({
  how: fc.constantFrom(...ways),
  at: fc.integer({ min: 1, max: entries }),
  other: fc.integer({ min: 1, max: entries }),
  random: fc.integer({ min: 0, max: 1_000_000 }),
});

export type TamperStage = AsyncDisposable & {
  verify(): Promise<Verdict>;
  /** What verification says while the trail is bent so, and the number it should name. */
  attempt(tamper: Tamper): Promise<{ readonly verdict: Verdict; readonly expected: number }>;
};

const redactedSeq = 7;

export async function aTamperStage(): Promise<TamperStage> {
  const database = await aDatabase();
  const file = join(tmpdir(), `sundog-checkpoints-${newId()}.ndjson`);
  const { db, connectionString } = database;
  const ports = {
    db,
    connectionString,
    sealing: openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]),
    clock: () => new Date(),
    log: silentLog,
    checkpointFile: file,
    notify: async () => {},
  };
  await audit(
    db,
    Array.from({ length: signed / 2 }, (_, at) => anEntry(at)),
  );
  await chainAll(db);
  await makeCheckpoint(ports);
  await audit(
    db,
    Array.from({ length: signed / 2 }, (_, at) => anEntry(at + signed / 2)),
  );
  await chainAll(db);
  await makeCheckpoint(ports);
  await audit(
    db,
    Array.from({ length: entries - signed - 1 }, (_, at) => anEntry(at + signed)),
  );
  await chainAll(db);
  await redactEntry(db, theHub, redactedSeq, 'a password was in it');
  const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await owner.connect();
  await withoutRules(owner);
  const keys = (await auditKeys(db)).flatMap((key) => readKeys(JSON.stringify(key)));
  const verify = () => verifyOn(owner, { files: [file] }, keys);
  return {
    async verify() {
      await owner.query('begin');
      return verify().finally(() => owner.query('rollback'));
    },
    async attempt(tamper) {
      await owner.query('begin; set local session_replication_role = replica');
      try {
        const expected = await bend(owner, tamper);
        return { verdict: await verify(), expected };
      } finally {
        await owner.query('rollback');
      }
    },
    async [Symbol.asyncDispose]() {
      await owner.end();
      rmSync(file, { force: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

function anEntry(at: number): AuditEntry {
  const rosa: Actor = {
    ...theHub,
    kind: 'agent',
    id: '4',
    name: 'Rosa Hale',
    address: '192.0.2.7',
  };
  const behind = { kind: 'agent', id: '1', name: 'Ada Quill' } as const;
  return {
    actor: at % 3 === 0 ? { ...rosa, behind } : at % 3 === 1 ? rosa : theHub,
    action: 'user.updated',
    subject: { kind: 'user', id: String(at), name: `Inès Marlow ${at}` },
    field: 'emailaddress',
    before: at % 2 === 0 ? null : `ines.${at}@larkfield.example`,
    after: `inès.marlow.${at}@larkfield.example`,
    outcome: 'done',
    ...(at % 4 === 0 ? { because: 'asked for', ticketId: at, clientId: 3, userId: at } : {}),
  };
}

/** Whoever owns the tables can do this too; the indexes stay, for speed alone. */
async function withoutRules(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ statement: string }>(
    `select format('alter table %s drop constraint if exists %I cascade', conrelid::regclass, conname) as statement
      from pg_constraint where conrelid = any('{audit_entries,audit_texts,audit_chain}'::regclass[])
      and contype <> 'n'
     union all
     select format('alter table %s alter column %I drop not null', attrelid::regclass, attname)
      from pg_attribute where attrelid = any('{audit_entries,audit_texts,audit_chain}'::regclass[])
      and attnotnull and attnum > 0`,
  );
  for (const { statement } of rows) await owner.query(statement);
  await owner.query('create index on audit_entries (id); create index on audit_texts (entry_id)');
  await owner.query('create index on audit_chain (seq); create index on audit_chain (entry_id)');
}

const columns = {
  audit_chain: ['seq', 'format', 'entry_id', 'previous', 'hash'],
  audit_entries: [
    ...['id', 'at', 'actor_kind', 'actor_id', 'actor_name', 'behind_kind', 'behind_id'],
    ...['behind_name', 'address', 'action', 'subject_kind', 'subject_id', 'field', 'outcome'],
    ...['run_id', 'ticket_id', 'agent_id', 'user_id', 'client_id', 'text_digest'],
  ],
  audit_texts: ['entry_id', 'before', 'after', 'because', 'subject_name', 'salt'],
} as const;

/** Bends the trail and gives back the first number that does not hold any more. */
async function bend(owner: pg.Client, { how, at, other, random }: Tamper): Promise<number> {
  const to = other === at ? (at % entries) + 1 : other;
  switch (how) {
    case 'chain column':
      return changeColumn(owner, 'audit_chain', at, random);
    case 'entry column':
      return changeColumn(owner, 'audit_entries', at, random);
    case 'text column':
      return changeColumn(owner, 'audit_texts', at, random);
    case 'texts emptied': {
      const seq = at === redactedSeq ? at + 1 : at;
      const nothing = 'salt = null, before = null, after = null, because = null';
      await owner.query(
        `update audit_texts set ${nothing}, subject_name = null where entry_id = ${entryOf(seq)}`,
      );
      return seq;
    }
    case 'link deleted':
      await owner.query('delete from audit_chain where seq = $1', [at]);
      return at;
    case 'entry deleted':
      await owner.query(`delete from audit_entries where id = ${entryOf(at)}`);
      return at;
    case 'texts deleted':
      await owner.query(`delete from audit_texts where entry_id = ${entryOf(at)}`);
      return at;
    case 'links swapped':
      await swap(owner, 'audit_chain', random % 2 === 0 ? 'seq' : 'entry_id', 'seq', at, to);
      return Math.min(at, to);
    case 'texts swapped': {
      const ids = [await idOf(owner, at), await idOf(owner, to)];
      await swap(owner, 'audit_texts', 'entry_id', 'entry_id', ids[0], ids[1]);
      return Math.min(at, to);
    }
    case 'tail cut off':
      return cutOff(owner, Math.min(at, signed - 1));
    case 'rewritten':
      return rewrite(owner, Math.min(at, signed));
    default:
      return add(owner, how, at);
  }
}

function entryOf(seq: number): string {
  return `(select entry_id from audit_chain where seq = ${seq})`;
}

async function idOf(owner: pg.Client, seq: number): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(`select ${entryOf(seq)} as id`);
  return rows[0]?.id ?? '';
}

/** One bit, one character or one unit more; of nothing, something. */
async function changeColumn(
  owner: pg.Client,
  table: keyof typeof columns,
  seq: number,
  random: number,
): Promise<number> {
  const names = columns[table];
  const column = names[random % names.length] ?? 'seq';
  const id = await idOf(owner, seq);
  const key = table === 'audit_entries' ? 'id' : 'entry_id';
  const { rows } = await owner.query<{ type: string }>(
    'select data_type as type from information_schema.columns where table_name = $1 and column_name = $2',
    [table, column],
  );
  const type = rows[0]?.type ?? 'text';
  await owner.query(
    `update ${table} set ${column} = ${changed(column, type, random)} where ${key} = $1`,
    [id],
  );
  // A number moved below takes the place of another.
  const moved = column === 'seq' ? seq + changeBy(random) : seq;
  return Math.max(1, Math.min(seq, moved));
}

function changeBy(random: number): number {
  return random % 2 === 0 ? 1 : -1;
}

function changed(column: string, type: string, random: number): string {
  const bit = `(${random} % (octet_length(${column}) * 8))`;
  const place = `(${random} % greatest(1, length(${column})) + 1)`;
  switch (type) {
    case 'bytea':
      return `coalesce(set_bit(${column}, ${bit}, 1 - get_bit(${column}, ${bit})), '\\x00')`;
    case 'uuid':
      return 'gen_random_uuid()';
    case 'timestamp with time zone':
      return `${column} + interval '1 microsecond'`;
    case 'text':
      return `coalesce(overlay(${column} placing
        case substr(${column}, ${place}, 1) when '~' then '!' else '~' end from ${place}), '')`;
    default:
      return `coalesce(${column} + ${changeBy(random)}, 0)`;
  }
}

async function swap(
  owner: pg.Client,
  table: string,
  column: string,
  key: string,
  one: number | string | undefined,
  other: number | string | undefined,
): Promise<void> {
  await owner.query(
    `update ${table} as row set ${column} = pair.${column} from ${table} as pair
      where row.${key}::text in ($1, $2) and pair.${key}::text in ($1, $2) and row.${key} <> pair.${key}`,
    [String(one), String(other)],
  );
}

async function cutOff(owner: pg.Client, last: number): Promise<number> {
  await owner.query(
    'create temporary table gone on commit drop as select * from audit_chain where seq > $1',
    [last],
  );
  await owner.query(
    `delete from audit_chain where seq > ${last};
     delete from audit_texts where entry_id in (select entry_id from gone);
     delete from audit_entries where id in (select entry_id from gone);
     delete from audit_checkpoints where seq > ${last}`,
  );
  return last + 1;
}

/** As the program itself would chain it, and the checkpoints in the database gone: those outside tell. */
async function rewrite(owner: pg.Client, from: number): Promise<number> {
  await owner.query(
    `update audit_entries set actor_name = 'Somebody else' where id = ${entryOf(from)}`,
  );
  await owner.query(`do $$
    declare link audit_chain; entry audit_entries; tip bytea := decode(repeat('00', 32), 'hex');
    begin
      for link in select * from audit_chain order by seq loop
        select * into entry from audit_entries where id = link.entry_id;
        update audit_chain set previous = tip,
          hash = sha256(audit_link_bytes(1::smallint, link.seq, tip, entry)) where seq = link.seq
          returning hash into tip;
      end loop;
    end $$; delete from audit_checkpoints`);
  return from <= signed / 2 ? signed / 2 : signed;
}

async function add(owner: pg.Client, how: Tamper['how'], at: number): Promise<number> {
  if (how === 'entry appended') {
    await owner.query(`insert into audit_entries select (jsonb_populate_record(entry,
      jsonb_build_object('id', gen_random_uuid()))).* from audit_entries as entry where id = ${entryOf(at)}`);
    return entries + 1;
  }
  if (how === 'link far beyond') {
    await owner.query(
      `insert into audit_chain select seq + 1000000000000000, format, entry_id, previous, hash
        from audit_chain where seq = $1`,
      [at],
    );
    return entries + 1;
  }
  const place = how === 'link appended' ? entries : at;
  await owner.query('update audit_chain set seq = seq + 1 where seq > $1', [place]);
  await owner.query(
    `insert into audit_chain select seq + 1, format, entry_id, hash, sha256(hash) from audit_chain
      where seq = $1`,
    [place],
  );
  return place + 1;
}
