// A provider's metadata under /v1: given, read from its address, read anew, and told of before its certificate expires.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Notice } from '#domain/notice.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';
import { aFront, anActor, type Front } from '#test/servers/front.ts';
import { aProviderKey, idpEntityId } from '#test/servers/saml-idp.ts';
import {
  aMetadataServer,
  aSamlApplication,
  aSamlWorld,
  idpMetadata,
  logoutAddress,
  type SamlWorld,
  signOnAddress,
} from '#test/servers/saml-sign-ons.ts';
import { anSsoApplication } from '#test/servers/sign-ons.ts';
import { dueWarning, warnOfExpiry } from './expiry.ts';
import { metadataRoutes, SsoMetadataWire } from './metadata-routes.ts';

let world: SamlWorld;
let front: Front;
before(async () => {
  world = await aSamlWorld();
  const ports = { ...world.signOns.ports, textRecordsOf: async () => [] };
  front = await aFront(metadataRoutes(ports), {
    editor: anActor('editor', ['sso:read', 'sso:edit']),
    reader: anActor('reader', ['sso:read']),
    guest: anActor('guest', ['all:standard']),
    impersonated: {
      ...anActor('impersonated', ['admin']),
      behind: { kind: 'agent', id: '1', name: 'Rosa' },
    },
  });
});
after(async () => {
  await front?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const pathOf = (id: number) => `/v1/sso-applications/${id}/metadata`;
const give = (id: number, body: unknown, as = 'editor') => front.ask(as, 'POST', pathOf(id), body);

async function shown(id: number) {
  const answer = await front.ask('reader', 'GET', pathOf(id));
  assert.equal(answer.status, 200, answer.text);
  return SsoMetadataWire.parse(answer.body);
}

async function audited(id: number): Promise<number> {
  const { rows } = await world.signOns.hub.database.pool.query(
    "select from audit_entries where subject_kind = 'sso application' and subject_id = $1",
    [String(id)],
  );
  return rows.length;
}

describe('The metadata of a provider', () => {
  it('is given as XML, and shown with its addresses and certificates', async () => {
    const { id } = await aSamlApplication(world, { metadata: null });

    const before = await front.ask('reader', 'GET', pathOf(id));
    const given = await give(id, { xml: idpMetadata({ keys: [world.key] }) });

    assert.equal(before.status, 404);
    assert.match(before.text, /sso-metadata.none/);
    assert.equal(given.status, 200, given.text);
    const found = await shown(id);
    assert.equal(found.entityId, idpEntityId);
    assert.equal(found.url, null);
    assert.equal(found.signOn[0]?.location, signOnAddress);
    assert.equal(found.logout[0]?.location, logoutAddress);
    assert.match(found.certificates[0]?.subject ?? '', /idp\.larkfield\.test/);
    assert.equal(await audited(id), 1);
  });

  it('is read from its address, and anew when it is asked for', async () => {
    const [old, young] = [await aProviderKey(), await aProviderKey()];
    await using server = await aMetadataServer(idpMetadata({ keys: [old] }));
    const { id } = await aSamlApplication(world, { metadata: null });
    const refresh = () =>
      front.ask('editor', 'POST', `/v1/sso-applications/${id}/refresh-metadata`);

    const given = await give(id, { url: server.url });
    const before = await shown(id);
    server.served.text = idpMetadata({ keys: [old, young] });
    const again = await refresh();
    const after = await shown(id);
    server.served.status = 500;
    const failed = await refresh();
    const kept = await shown(id);

    assert.equal(given.status, 200, given.text);
    assert.equal(before.url, server.url);
    assert.equal(before.certificates.length, 1);
    assert.equal(again.status, 200, again.text);
    assert.equal(after.certificates.length, 2);
    assert.equal(failed.status, 200);
    assert.equal(kept.health, 'failing');
    assert.ok(kept.failure !== null);
    assert.equal(kept.certificates.length, 2, 'what was read last stays in use');
  });

  it('that is another provider’s is not taken by itself, but may be given', async () => {
    await using server = await aMetadataServer(idpMetadata({ keys: [world.key] }));
    const { id } = await aSamlApplication(world, { metadata: null });
    await give(id, { url: server.url });
    const other = idpMetadata({ keys: [world.key], entityId: 'https://elsewhere.test/idp' });
    server.served.text = other;

    await front.ask('editor', 'POST', `/v1/sso-applications/${id}/refresh-metadata`);
    const kept = await shown(id);
    const given = await give(id, { xml: other });

    assert.equal(kept.entityId, idpEntityId);
    assert.match(kept.failure ?? '', /elsewhere\.test/);
    assert.equal(given.status, 200, given.text);
    assert.equal((await shown(id)).entityId, 'https://elsewhere.test/idp');
  });

  it('that cannot be used leaves what was there, with a sentence', async () => {
    const { id } = await aSamlApplication(world);
    const before = await shown(id);
    const good = idpMetadata({ keys: [world.key] });

    for (const [body, status] of [
      [{ xml: 'no xml' }, 422],
      [{ xml: idpMetadata({ keys: [] }) }, 422],
      [{ xml: `<!DOCTYPE x [<!ENTITY y "z">]>${good}` }, 422],
      [{ xml: good.replace('IDPSSODescriptor', 'SPSSODescriptor') }, 422],
      [{ xml: 'x'.repeat(400_000) }, 400],
      [{ url: 'http://127.0.0.1:9/nothing-there' }, 422],
      [{ url: 'ftp://127.0.0.1/metadata' }, 400],
      [{ url: 'https://user@x.test/' }, 422],
      [{ xml: good, url: 'https://x.test/' }, 400],
      [{}, 400],
      ['text', 400],
    ] as const) {
      const answer = await give(id, body);
      assert.equal(answer.status, status, `${JSON.stringify(body).slice(0, 60)}: ${answer.text}`);
    }
    assert.deepEqual(await shown(id), before);
  });

  it('is for whoever may set applications, and none of an impersonated session', async () => {
    const { id } = await aSamlApplication(world);
    const xml = idpMetadata({ keys: [world.key] });
    const refresh = `/v1/sso-applications/${id}/refresh-metadata`;
    const statuses = async (as: string | undefined) => [
      (await front.ask(as, 'GET', pathOf(id))).status,
      (await front.ask(as, 'POST', pathOf(id), { xml })).status,
      (await front.ask(as, 'POST', refresh)).status,
    ];

    assert.deepEqual(await statuses(undefined), [401, 401, 401]);
    assert.deepEqual(await statuses('guest'), [403, 403, 403]);
    assert.deepEqual(await statuses('reader'), [200, 403, 403]);
    assert.deepEqual(await statuses('impersonated'), [200, 403, 403]);
    // Given as XML: there is no address to read it from.
    assert.deepEqual(await statuses('editor'), [200, 200, 409]);
  });

  it('belongs to an application of SAML that is there', async () => {
    const oidc = await anSsoApplication(world.signOns);
    const xml = idpMetadata({ keys: [world.key] });

    assert.equal((await give(oidc.id, { xml })).status, 409);
    assert.equal((await give(999_999, { xml })).status, 404);
    assert.equal((await give(0, { xml })).status, 404);
  });

  it('is not taken where that cannot be audited', async () => {
    const { id } = await aSamlApplication(world, { metadata: null });
    await using _failing = await failingAudit(world.signOns.hub.database, '^sso-application');

    const answer = await give(id, { xml: idpMetadata({ keys: [world.key] }) });

    assert.equal(answer.status, 500);
    assert.equal((await front.ask('reader', 'GET', pathOf(id))).status, 404);
  });
});

describe('A certificate that will expire', () => {
  for (const [days, warned, due] of [
    [31, undefined, undefined],
    [30, undefined, undefined],
    [29, undefined, 30],
    [29, 30, undefined],
    [13, 30, 14],
    [6, 30, 7],
    [0, 7, 1],
    [-3, undefined, 1],
    [-3, 1, undefined],
  ] as const) {
    it(`in ${days} days is ${due === undefined ? 'not told of' : `told of at ${due}`}${warned === undefined ? '' : ` after ${warned}`}`, () => {
      assert.equal(dueWarning(days, warned), due);
    });
  }

  it('is told of once at each step, and anew for the next certificate', async () => {
    const { hub, ports } = world.signOns;
    const dayMs = 86_400_000;
    const inDays = (days: number) => new Date(hub.time.now.getTime() + days * dayMs);
    const key = await aProviderKey('rsa', inDays(20));
    const application = await aSamlApplication(world, { metadata: { keys: [key] } });
    const told: Notice[] = [];
    let now = hub.time.now;
    const look = () =>
      warnOfExpiry(
        {
          db: ports.db,
          clock: () => now,
          notify: async (_tx, notice) => void told.push(notice),
        },
        application,
      );

    for (const days of [0, 0, 1, 8, 9, 14, 19.5, 25]) {
      now = inDays(days);
      await look();
    }

    assert.deepEqual(
      told.map(({ key: name }) => name.split(':').at(-1)),
      ['30', '14', '7', '1'],
    );
    assert.match(told[0]?.sentence ?? '', /expires on \d{4}-\d\d-\d\d/);
    assert.ok(told.every(({ event, path }) => event === 'sso.certificate-expires' && path));
  });
});
