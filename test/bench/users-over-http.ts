// What a request costs: GET /api/Users of 50 rows, in CPU time of the server's process, beside bare
// node:http that runs the very same statements and writes their rows as JSON.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { Kysely, PostgresDialect } from 'kysely';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import { createApplication } from '#features/applications/commands.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { users } from '#features/desk/users/users.ts';
import { systemClock } from '#lib/clock.ts';
import { openSealing } from '#store/sealing.ts';
import type { Tables } from '#store/tables.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { aServer, type BenchServer } from './bench-server.ts';
import { median } from './median.ts';
import type { Bench } from './row.ts';

type Cost = { readonly name: string; readonly microseconds: number };

const ratioMax = 2;

export const usersOverHttp: Bench = {
  name: 'users',
  async run() {
    const { hub, bare } = await costs();
    const ratio = hub.microseconds / bare.microseconds;
    return [
      {
        issue: 2,
        name: 'GET /api/Users of 50 rows, CPU of a request',
        value: hub.microseconds,
        unit: 'µs',
        reference: `${bare.name}, the same query`,
        referenceValue: bare.microseconds,
        ratio,
        goal: `within ${ratioMax}x`,
        ok: ratio <= ratioMax,
      },
    ];
  },
};

const path = '/api/Users?count=50';
const connections = 16;
const requests = 2_000;
const rounds = 5;

/** The median of the rounds, the two servers taking turns. */
async function costs(): Promise<{ readonly hub: Cost; readonly bare: Cost }> {
  await using database = await aDatabase();
  const credentials = await fill(database);
  const address = database.connectionString.reveal();
  const statements = JSON.stringify(await statementsOf(database));
  using hub = aServer('hub', address);
  using bare = aServer('bare', address, statements);
  const token = await tokenFor(await hub.base, credentials);
  const spent: Record<'hub' | 'bare', number[]> = { hub: [], bare: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, server] of [
      ['hub', hub],
      ['bare', bare],
    ] as const) {
      const cost = await costOf(server, token);
      // The first round warms up.
      if (round > 0) spent[name].push(cost);
    }
  }
  return {
    hub: { name: 'the hub', microseconds: median(spent.hub) },
    bare: { name: 'bare node:http', microseconds: median(spent.bare) },
  };
}

async function fill({ db }: TestDatabase) {
  const acting = { actor: theHub, now: systemClock() };
  const [client] = await saveRecords(db, clients, acting, [{ name: 'Larkfield Optics' }]);
  const people = Array.from({ length: 500 }, (_, number) => ({
    name: `Ines Marlow ${number}`,
    emailaddress: `ines.marlow.${number}@larkfield.test`,
    site_id: client?.main_site_id,
  }));
  await saveRecords(db, users, acting, people);
  const wanted = { name: 'Benchmark', scopes: ['all'] as const };
  return createApplication(db, wanted, theHub, systemClock());
}

/** What the hub asks of PostgreSQL for this request. */
async function statementsOf({ pool }: TestDatabase) {
  const asked: { sql: string; parameters: readonly unknown[] }[] = [];
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
  });
  const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
  const ports = { db, clock: systemClock, sealing, publicUrl: '', version: '0', tenant: 'bench' };
  const list = deskRoutes(ports).find((one) => one.method === 'GET' && one.path === '/api/Users');
  assert(list?.query, 'the desk lists users');
  const permissions = new Set(['all'] as const);
  const { body } = await list.handle({
    params: undefined,
    query: list.query.parse({ count: '50' }),
    body: undefined,
    actor: { ...theHub, kind: 'application', permissions },
    headers: {},
    search: '',
    ip: '127.0.0.1',
    signal: new AbortController().signal,
  });
  assert.equal(z.looseObject({ users: z.array(z.unknown()) }).parse(body).users.length, 50);
  return asked;
}

async function tokenFor(base: URL, made: Awaited<ReturnType<typeof createApplication>>) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: made.application.clientId,
    client_secret: made.clientSecret?.reveal() ?? '',
  });
  const response = await fetch(new URL('/auth/token', base), { method: 'POST', body });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}

async function costOf(server: BenchServer, token: string): Promise<number> {
  const url = new URL(path, await server.base);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const before = await server.cpuMicroseconds();
  let left = requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one(url, agent, token);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const spent = (await server.cpuMicroseconds()) - before;
  agent.destroy();
  return spent / requests;
}

function one(url: URL, agent: Agent, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      { agent, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        response.resume().on('end', resolve).on('error', reject);
      },
    );
    request.on('error', reject);
  });
}
