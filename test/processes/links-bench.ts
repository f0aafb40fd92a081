// One of two servers in a process of its own: the hub with its doors and secret links, or bare node:http
// with pg that does the same inserts and updates. Speaks over IPC of its address and its CPU time.
import { createServer, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { openAccess } from '#access.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { secretLinkRoutes } from '#features/secret-links/routes.ts';
import { openServer } from '#http/server.ts';
import { systemClock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { chained } from '#store/audit-chain.ts';
import { openDb, openPool } from '#store/db.ts';
import { openSealing } from '#store/sealing.ts';

const [kind, address = ''] = process.argv.slice(2);
const connectionString = new Secret(address);
const base = kind === 'bare' ? await bare() : await hub();

process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
process.send?.({ base: base.href });

async function hub(): Promise<URL> {
  const options = { connectionString, name: 'bench', connectionsMax: 12, log: silentLog };
  const db = openDb(openPool(options));
  const clock = systemClock;
  const publicUrl = new URL('http://127.0.0.1:7610');
  const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
  const common = { db, clock, sealing, log: silentLog, publicUrl };
  const access = await openAccess({
    ...common,
    connectionString,
    agents: agentsOfTheHub(db, clock),
    users: usersOfTheHub(db),
  });
  const gigabyte = 1024 ** 3;
  const links = secretLinkRoutes({
    ...common,
    rules: {
      hours: 168,
      hoursMax: 720,
      fileBytesMax: gigabyte,
      senderBytesMax: 100 * gigabyte,
      hubBytesMax: 100 * gigabyte,
    },
    chained: (ids) => chained(db, ids),
    tellSender: async () => {},
  });
  const server = await openServer({
    routes: [...access.routes, ...links],
    authenticate: access.authenticate,
    publicUrl,
    version: '0',
    log: silentLog,
    ready: async () => [],
  });
  return server.listen({ host: '127.0.0.1', port: 0 });
}

/** Keeps what it is sent, with an audit entry, in one transaction; gives it away once. */
async function bare(): Promise<URL> {
  const pool = new pg.Pool({ connectionString: connectionString.reveal(), max: 12 });
  await pool.query(`
    create table if not exists bare_links (token text primary key, content bytea, state text not null);
    create table if not exists bare_audit (id uuid primary key, at timestamptz not null, told text)`);
  const inTransaction = async (work: (client: pg.PoolClient) => Promise<string | undefined>) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const answer = await work(client);
      await client.query('insert into bare_audit values ($1, now(), $2)', [newId(), 'told']);
      await client.query('commit');
      return answer;
    } finally {
      client.release();
    }
  };
  const create = (text: string) =>
    inTransaction(async (client) => {
      const { token, content } = JSON.parse(text);
      await client.query("insert into bare_links values ($1, $2, 'waiting')", [
        token,
        Buffer.from(content, 'base64url'),
      ]);
      return token;
    });
  const reveal = (text: string) =>
    inTransaction(async (client) => {
      const { token } = JSON.parse(text);
      const { rows } = await client.query(
        `with old as (select token, content from bare_links
           where token = $1 and state = 'waiting' for update)
         update bare_links b set state = 'viewed', content = null
         from old where b.token = old.token returning old.content`,
        [token],
      );
      return rows[0]?.content?.toString('base64url');
    });
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const answer = request.url === '/create' ? await create(text) : await reveal(text);
    response
      .writeHead(answer === undefined ? 410 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return new URL(`http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
