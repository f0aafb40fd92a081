// A hub with applications for single sign-on, over real HTTP and a real database; no provider is asked.
import assert from 'node:assert/strict';
import { newKey } from '#connectors/saml/own-key.ts';
import { SsoApplicationWire } from '#features/sso/applications/answers.ts';
import type { ApplicationPorts } from '#features/sso/applications/commands.ts';
import { ssoDomainRoutes } from '#features/sso/applications/domain-routes.ts';
import { haloSsoApplicationRoutes } from '#features/sso/applications/halo-routes.ts';
import { HaloSsoApplication } from '#features/sso/applications/halo-wire.ts';
import { ssoApplicationRoutes } from '#features/sso/applications/routes.ts';

import { openLog } from '#lib/log.ts';
import { asMasterKey } from '#store/key-file.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase } from './database.ts';
import { aFront, anActor } from './front.ts';

export type SsoApplicationHub = Awaited<ReturnType<typeof anSsoApplicationHub>>;

const One = HaloSsoApplication.omit({ new_client_secret: true }).required();

export async function anSsoApplicationHub() {
  const database = await aDatabase();
  const time = { now: new Date('2026-11-21T09:00:00Z') };
  const logged: string[] = [];
  const log = openLog({ format: 'json', level: 'debug', write: (line) => void logged.push(line) });
  const texts = new Map<string, readonly (readonly string[])[] | string>();
  const ports: ApplicationPorts = {
    db: database.db,
    clock: () => time.now,
    sealing: openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]),
    publicUrl: new URL('https://hub.larkfield.test'),
    rules: { networks: ['10.0.0.0/8'], labAllowed: true },
    newKey,
    network: {
      lookup: async (host) => [host.startsWith('private') ? '10.20.0.5' : '198.211.0.7'],
      connect: () => assert.fail('nothing is dialled here'),
    },
    async textRecordsOf(name) {
      const found = texts.get(name) ?? 'ENOTFOUND';
      if (typeof found === 'string') throw Object.assign(new Error(found), { code: found });
      return found;
    },
  };
  const routes = [
    ...haloSsoApplicationRoutes(ports),
    ...ssoApplicationRoutes(ports),
    ...ssoDomainRoutes(ports),
  ];
  const front = await aFront(
    routes,
    {
      admin: anActor('admin', ['admin']),
      editor: anActor('editor', ['sso:read', 'sso:edit']),
      reader: anActor('reader', ['sso:read']),
      guest: anActor('guest', ['all:standard', 'key-vaults:edit', 'connections:edit']),
      impersonated: {
        ...anActor('impersonated', ['admin']),
        behind: { kind: 'agent', id: '1', name: 'Rosa' },
      },
    },
    log,
  );
  let made = 0;
  const hub = {
    database,
    time,
    logged,
    /** What the name servers say: records, or the code of a failure. */
    texts,
    ports,
    ask: front.ask,
    /** Posted to Halo's endpoint; the answer. */
    async post(body: object) {
      const answer = await front.ask('admin', 'POST', '/api/SingleSignOnApplication', [body]);
      assert.equal(answer.status, 201, answer.text);
      return One.parse(answer.body);
    },
    /** One in Halo's words, with a name of its own. */
    make(more: object = {}) {
      made += 1;
      return hub.post({ name: `Larkfield ${made}`, ...more });
    },
    async find(id: number) {
      const answer = await front.ask('admin', 'GET', `/v1/sso-applications/${id}`);
      assert.equal(answer.status, 200, answer.text);
      return SsoApplicationWire.parse(answer.body);
    },
    async change(id: number, body: object) {
      const answer = await front.ask('admin', 'PATCH', `/v1/sso-applications/${id}`, body);
      assert.equal(answer.status, 200, answer.text);
      return SsoApplicationWire.parse(answer.body);
    },
    async audited(id: number) {
      const { rows } = await database.pool.query<{ told: string }>(
        `select concat_ws(' ', action, field, before, '>', after, because) as told
         from audit_entries join audit_texts on entry_id = id
         where subject_kind = 'sso application' and subject_id = $1 order by id`,
        [String(id)],
      );
      return rows.map(({ told }) => told);
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
  return hub;
}
