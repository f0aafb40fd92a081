// A hub with its secret links in a process of its own, to be killed. Between claim and answer it waits as
// long as it is told, so that a kill finds it there.

import { secretLinkRoutes } from '#features/secret-links/routes.ts';
import { openServer } from '#http/server.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { chained } from '#store/audit-chain.ts';
import { openDb, openPool } from '#store/db.ts';
import { openSealing } from '#store/sealing.ts';

const [address = '', waits = '0', time = ''] = process.argv.slice(2);
const connectionString = new Secret(address);
const pool = openPool({ connectionString, name: 'links', connectionsMax: 5, log: silentLog });
const db = openDb(pool);
const megabyte = 1024 * 1024;

const server = await openServer({
  routes: secretLinkRoutes({
    db,
    clock: () => (time === '' ? new Date() : new Date(time)),
    log: silentLog,
    sealing: openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]),
    publicUrl: new URL('http://hub.larkfield.test'),
    rules: {
      hours: 168,
      hoursMax: 720,
      fileBytesMax: 25 * megabyte,
      senderBytesMax: 250 * megabyte,
      hubBytesMax: 5_000 * megabyte,
    },
    chained: async (ids) => {
      process.send?.({ claimed: true });
      await chained(db, ids);
      if (waits !== '0') await new Promise((resolve) => setTimeout(resolve, Number(waits)));
    },
    tellSender: async () => {},
  }),
  authenticate: async () => undefined,
  publicUrl: new URL('http://hub.larkfield.test'),
  version: '0',
  log: silentLog,
  ready: async () => [],
});
const base = await server.listen({ host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit(0));
process.send?.({ base: base.href });
