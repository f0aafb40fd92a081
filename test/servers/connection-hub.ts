// A hub with connections alone, over real HTTP and a real database; what it would reach is made up.
import assert from 'node:assert/strict';
import { z } from 'zod';
import type { ProbeResult } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import { connectionTasks, type ProbeTarget } from '#features/connections/health.ts';
import { readyConnection } from '#features/connections/open.ts';
import { connectionRoutes } from '#features/connections/routes.ts';
import { ConnectionWire } from '#features/connections/wire.ts';
import { silentLog } from '#lib/log.ts';
import { asMasterKey } from '#store/key-file.ts';
import { openSealing } from '#store/sealing.ts';
import { makeClients } from './clients.ts';
import { aDatabase, type TestDatabase } from './database.ts';
import { aFront, anActor, type Front } from './front.ts';
import { aTestKeeper } from './keeper.ts';

export const secretText = 'the-secret-of-larkfield-halo';
export const haloSettings = { address: 'https://halo.larkfield.test', clientId: 'sundog' };
export const aHalo = { kind: 'halo', name: 'Halo', settings: haloSettings, secret: secretText };
export const aDirectory = {
  kind: 'ldap',
  name: 'AD Larkfield',
  settings: { host: 'dc1.ad.larkfield.test', bindDn: 'CN=Sundog,DC=ad,DC=larkfield,DC=test' },
  secret: 'bind-password-1',
};

export const fine: ProbeResult = { ok: true, sentence: 'It answers.' };

export type ConnectionHub = Awaited<ReturnType<typeof aConnectionHub>>;

export type HubOptions = {
  readonly addresses?: readonly string[];
  readonly log?: typeof silentLog;
};

export async function aConnectionHub({
  addresses = ['10.20.0.5'],
  log = silentLog,
}: HubOptions = {}) {
  const database: TestDatabase = await aDatabase();
  await makeClients(database.db, [9, 12, 13]);
  let now = new Date('2026-11-20T08:00:00Z');
  let result: ProbeResult | Error = fine;
  let meanwhile = async (): Promise<unknown> => undefined;
  const probed: ProbeTarget[] = [];
  const notices: Notice[] = [];
  const users = new Map<string, readonly string[]>();
  const vault = aTestKeeper();
  const ports = {
    db: database.db,
    sealing: openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]),
    clock: () => now,
    log,
    rules: { networks: ['10.0.0.0/8'], labAllowed: false },
    keeper: vault.keeper,
    usersOf: async (_tx: unknown, id: string) => users.get(id) ?? [],
    checkRedirect: async () => {},
    notify: async (_tx: unknown, notice: Notice) => void notices.push(notice),
    network: {
      lookup: async () => addresses,
      connect: () => assert.fail('nothing is dialled here'),
    },
    async probe(target: ProbeTarget) {
      probed.push(target);
      await meanwhile();
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const front: Front = await aFront(
    connectionRoutes(ports),
    {
      admin: anActor('admin', ['admin']),
      editor: anActor('editor', ['connections:read', 'connections:edit']),
      reader: anActor('reader', ['connections:read']),
      guest: anActor('guest', ['read:tickets']),
      'client-9': anActor('client-9', ['connections:read', 'connections:edit'], 9),
    },
    log,
  );
  const parsed = async (asked: Promise<{ status: number; text: string; body: unknown }>) => {
    const answer = await asked;
    assert.ok(answer.status < 300, answer.text);
    return ConnectionWire.parse(answer.body);
  };
  return {
    database,
    ports,
    probed,
    notices,
    users,
    vault,
    ask: front.ask,
    make: (body: object) =>
      parsed(front.ask('admin', 'POST', '/v1/connections', { name: 'One', ...body })),
    change: (id: string, body: object) =>
      parsed(front.ask('admin', 'PATCH', `/v1/connections/${id}`, body)),
    find: (id: string) => parsed(front.ask('admin', 'GET', `/v1/connections/${id}`)),
    ready: (id: string) => readyConnection(ports, id),
    async secretOf(id: string) {
      const { secret } = await readyConnection(ports, id);
      return (await secret?.current())?.reveal();
    },
    answer: (next: ProbeResult | Error) => {
      result = next;
    },
    during: (work: () => Promise<unknown>) => {
      meanwhile = work;
    },
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    /** One round of the periodic check: the connections it asked for. */
    async tick(): Promise<string[]> {
      const [tick] = connectionTasks(ports);
      await database.pool.query('delete from graphile_worker._private_jobs');
      await tick?.run(
        {},
        { signal: AbortSignal.timeout(1000), attempt: 1, attemptsMax: 1, log: silentLog },
      );
      const { rows } = await database.pool.query(
        "select payload from graphile_worker._private_jobs where key like 'connections.check:%'",
      );
      return rows.map(({ payload }) => z.object({ id: z.string() }).parse(payload).id);
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
