// One of two servers in a process of its own, so that its CPU time is its alone: the hub with desk
// and doors, or bare node:http that runs the statements it is given, or gives tokens with one hash and one
// insert. Tells over IPC what it spends.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import pg from 'pg';
import { z } from 'zod';
import { openAccess } from '#access.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { openServer } from '#http/server.ts';
import { systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { openDb, openPool } from '#store/db.ts';
import { openSealing } from '#store/sealing.ts';

const Known = z.object({ application: z.string(), hash: z.string() });
const Statements = z.array(z.object({ sql: z.string(), parameters: z.array(z.unknown()) }));

const [kind, address = '', statements = '[]'] = process.argv.slice(2);
const connectionString = new Secret(address);
const kinds: Readonly<Record<string, () => Promise<URL>>> = { bare, 'bare-token': bareToken, hub };
const base = await (kinds[kind ?? ''] ?? hub)();

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
process.send?.({ base: base.href });

async function bare(): Promise<URL> {
  const pool = new pg.Pool({ connectionString: connectionString.reveal(), max: 12 });
  const queries = Statements.parse(JSON.parse(statements));
  const server = createServer(async (_request, response) => {
    const results = [];
    for (const { sql, parameters } of queries)
      results.push((await pool.query(sql, parameters)).rows);
    const body = JSON.stringify({ record_count: 50, users: results });
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body);
  });
  return listening(server);
}

/** What a token costs at the least: the secret's hash compared, a new token, its hash inserted. */
async function bareToken(): Promise<URL> {
  const pool = new pg.Pool({ connectionString: connectionString.reveal(), max: 12 });
  const { application, hash } = Known.parse(JSON.parse(statements));
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const shown = createHash('sha256').update(form.get('client_secret') ?? '');
    if (shown.digest('hex') !== hash) return void response.writeHead(401).end();
    const token = randomBytes(32).toString('base64url');
    const kept = createHash('sha256').update(token).digest();
    const now = new Date();
    const ends = new Date(now.getTime() + 3_600_000);
    await pool.query(
      `insert into tokens (hash, kind, family, application_id, scopes, signed_in_at, issued_at,
        expires_at) values ($1, 'access', $2, $3, $4, $5, $5, $6)`,
      [kept, randomUUID(), application, ['all'], now, ends],
    );
    const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body);
  });
  return listening(server);
}

async function listening(server: Server): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return new URL(`http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`);
}

async function hub(): Promise<URL> {
  const options = { connectionString, name: 'bench', connectionsMax: 12, log: silentLog };
  const db = openDb(openPool(options));
  const clock = systemClock;
  const publicUrl = new URL('http://127.0.0.1:7610');
  const access = await openAccess({
    db,
    clock,
    connectionString,
    publicUrl,
    agents: agentsOfTheHub(db, clock),
    users: usersOfTheHub(db),
    sealing: openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]),
    log: silentLog,
  });
  const desk = deskRoutes({
    db,
    clock,
    sealing: openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]),
    publicUrl: publicUrl.origin,
    version: '0',
    tenant: 'bench',
  });
  const server = await openServer({
    routes: [...access.routes, ...desk],
    authenticate: access.authenticate,
    publicUrl,
    version: '0',
    log: silentLog,
    ready: async () => [],
  });
  return server.listen({ host: '127.0.0.1', port: 0 });
}
