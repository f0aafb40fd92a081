// A desk with a password field for each kind of record, and people of different rights to try them.
import assert from 'node:assert/strict';
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import {
  aDeskServer,
  anActor,
  type DeskServer,
  type Json,
  type Reply,
} from '#test/desk/desk-server.ts';

export const secret = 'canary-Zx9!harbour-17';
/** PasswordObjectType (docs/halo-codes.md). */
export const types = { ticket: 0, client: 1, site: 2, asset: 3, user: 4 } as const;

export type PasswordDesk = AsyncDisposable & {
  readonly desk: DeskServer;
  readonly fields: Readonly<Record<keyof typeof types, number>>;
  /** A user whose field holds `secret`. */
  readonly ines: number;
  aUser(name: string, value?: unknown): Promise<number>;
  reveal(type: number, id: number, field: number, as?: string): Promise<Reply>;
  /** Every row of every table as text; bytes are spelt in hexadecimal there. */
  everythingKept(): Promise<string>;
};

export async function aPasswordDesk(): Promise<PasswordDesk> {
  const desk = await aDeskServer();
  const define = async (usage: number): Promise<number> =>
    (await desk.post('/api/CustomField', { name: `CFcode${usage}`, usage, inputtype: 6 })).body.id;
  const fields = {
    ticket: await define(1),
    client: await define(2),
    site: await define(3),
    user: await define(4),
    asset: await define(5),
  };
  const aUser = async (name: string, value?: unknown): Promise<number> => {
    const customfields = value === undefined ? [] : [{ id: fields.user, value }];
    const made = await desk.post('/api/Users', {
      name,
      site_id: desk.larkfield.porto,
      customfields,
    });
    assert.equal(made.status, 201, made.text);
    assert.ok(!made.text.includes(secret));
    return made.body.id;
  };
  admit(desk);
  return {
    desk,
    fields,
    ines: await aUser('Ines Marlow', secret),
    aUser,
    reveal: (type, id, field, as) =>
      desk.post('/api/PasswordField', { object_type: type, object_id: id, field_id: field }, as),
    everythingKept: () => everythingKept(desk),
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}

function admit(desk: DeskServer): void {
  const behind = { kind: 'agent', id: '9', name: 'Tomas Reis' } as const;
  desk.admit('agent', agent(['all:standard']));
  desk.admit('revealer', agent(['all:standard', 'password-fields:reveal']));
  desk.admit('elsewhere', { ...agent(['admin']), clientId: desk.larkfield.id + 1_000 });
  desk.admit('insider', { ...agent(['admin']), clientId: desk.larkfield.id });
  desk.admit('auditor', agent(['audit:read']));
  desk.admit('impostor', { ...agent(['admin']), behind });
}

function agent(permissions: readonly Permission[]): Actor {
  return anActor({ id: '5', agentId: 5, name: 'Dora Lind', permissions: new Set(permissions) });
}

export function fieldOf(body: Json, id: number): Json {
  return body.customfields.find((one: Json) => one.id === id);
}

async function everythingKept({ database: { pool } }: DeskServer): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'graphile_worker')`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const { rows: all } = await pool.query(`select each::text as row from ${name} as each`);
    texts.push(...all.map(({ row }) => String(row)));
  }
  return texts.join('\n');
}
