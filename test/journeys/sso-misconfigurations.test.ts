// Twenty-four ways in which single sign-on is set up wrongly: each is refused, and named so that an administrator can mend it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SsoAttemptDetailWire } from '#features/sso/attempts/wire.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { anApplication, ask, aUser, bearer, type Told } from '#test/servers/access.ts';
import { type Misbehaviour, person, serves, tenant } from '#test/servers/misbehaving-op.ts';
import { aProviderKey } from '#test/servers/saml-idp.ts';
import {
  type Answering,
  anAnswer,
  aSamlApplication,
  aSamlWorld,
  base64,
  begin,
  post,
  type SamlGiven,
  type SamlWorld,
} from '#test/servers/saml-sign-ons.ts';
import { anSsoApplication, lastAttempt, type SignOns } from '#test/servers/sign-ons.ts';
import type { Case } from '#test/sso/oidc-case.ts';
import { anOidcStage, type OidcStage, prepared, signOnWith } from '#test/sso/oidc-stage.ts';

let oidc: OidcStage;
let saml: SamlWorld;
before(async () => {
  oidc = await anOidcStage();
  saml = await aSamlWorld();
});
after(async () => {
  await saml[Symbol.asyncDispose]();
  await oidc[Symbol.asyncDispose]();
});

type Misconfiguration = {
  readonly what: string;
  readonly check: string;
  /** Words of what was wrong, facts included, and of what to do, by which an administrator finds the place. */
  readonly says: RegExp;
  readonly mends: RegExp;
};

/** What the tracer tells an administrator of the newest attempt. */
async function told(stage: SignOns, application: SsoApplication) {
  const attempt = await lastAttempt(stage, application);
  const { client_id, client_secret } = await anApplication(stage.hub, { scopes: ['sso:read'] });
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  const { json } = await ask(stage.hub, '/auth/token', { form });
  const headers = bearer(json.access_token);
  const found = await ask(stage.hub, `/v1/sso-attempts/${attempt?.id}`, { headers });
  return SsoAttemptDetailWire.parse(found.json);
}

async function isNamedRightly(
  stage: SignOns,
  application: SsoApplication,
  answer: Told,
  { check, says, mends }: Misconfiguration,
): Promise<void> {
  const { failedCheck, steps, status } = await told(stage, application);
  const failed = steps.filter(({ verdict }) => verdict === 'failed');
  assert.deepEqual([answer.status, status, failedCheck], [403, 'refused', check]);
  assert.deepEqual([failed.length, failed[0]?.check], [1, check]);
  assert.match(`${failed[0]?.because} ${JSON.stringify(failed[0]?.facts)}`, says);
  assert.match(failed[0]?.mend ?? '', mends);
  assert.match(answer.text, /You are not signed in/);
}

const minute = 60;
const later = (seconds: number): Misbehaviour => ({
  claims: (usual) => ({
    ...usual,
    iat: Number(usual.iat) + seconds,
    exp: Number(usual.exp) + seconds,
  }),
});
const refusedTokens = (error: string, description: string): Misbehaviour => ({
  serve: {
    tokens: (response) =>
      void response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error, error_description: description })),
  },
});
const without = (...names: string[]): Misbehaviour => ({
  claims: (usual) =>
    Object.fromEntries(Object.entries(usual).filter(([name]) => !names.includes(name))),
  userinfo: { sub: person.sub },
});

const atOidc: readonly (Misconfiguration & Omit<Case, 'name' | 'check'>)[] = [
  {
    what: 'the provider’s clock is ten minutes ahead',
    ...{ check: 'oidc.issued-at', says: /in the future/, mends: /clocks/ },
    how: later(10 * minute),
  },
  {
    what: 'the hub’s clock is two hours ahead',
    ...{ check: 'oidc.expires', says: /expired \d+ seconds ago/, mends: /clocks/ },
    how: later(-120 * minute),
  },
  {
    what: 'the client ID is another application’s',
    ...{ check: 'oidc.audience', says: /another-client/, mends: /client ID/ },
    how: { claims: (usual) => ({ ...usual, aud: 'another-client' }) },
  },
  {
    what: 'the redirect URI is not the one registered',
    ...{ check: 'oidc.token-answer', says: /redirect_uri/, mends: /redirect URI/ },
    how: refusedTokens('invalid_grant', 'redirect_uri does not match'),
  },
  {
    what: 'the client secret is wrong',
    ...{ check: 'oidc.token-answer', says: /invalid_client/, mends: /client secret is wrong/ },
    how: refusedTokens('invalid_client', 'bad secret'),
  },
  {
    what: 'the tenant is not in the list',
    ...{ check: 'oidc.tenant', says: /tenant/i, mends: /allowed_tenants/ },
    at: '/organizations/v2.0',
    settings: { preset: 'entra-multi', allowed_tenants: ['99999999-2222-4333-8444-555555555555'] },
    how: { claims: (usual) => ({ ...usual, tid: tenant, oid: tenant }) },
  },
  {
    what: 'nothing listens at the provider’s address',
    ...{ check: 'oidc.discovery', says: /127\.0\.0\.1/, mends: /address/ },
    settings: { issuer_url: 'http://127.0.0.1:9' },
  },
  {
    what: 'the address is a page for people',
    ...{ check: 'oidc.discovery', says: /html|JSON/i, mends: /JSON/ },
    how: { serve: { document: serves('<!doctype html><title>Welcome</title>', 'text/html') } },
  },
  {
    what: 'the issuer lacks its closing slash',
    ...{ check: 'oidc.discovery-issuer', says: /issuer/, mends: /byte|exactly/ },
    how: { document: (usual) => ({ ...usual, issuer: `${String(usual.issuer)}/` }) },
  },
  {
    what: 'the provider’s rules do not let the person in',
    ...{ check: 'oidc.provider-error', says: /access_denied/, mends: /access_denied/ },
    how: {
      redirect: (parameters) => {
        parameters.delete('code');
        parameters.set('error', 'access_denied');
      },
    },
  },
  {
    what: 'the claim to match by is not sent',
    ...{ check: 'person.claim', says: /"employee"/, mends: /identity attribute/ },
    settings: {
      id_attribute: 'custom',
      custom_id_attribute: 'employee',
      matching_field: 'employee-id',
    },
  },
  {
    what: 'a claim that is validated is not sent',
    ...{ check: 'claims.rules', says: /"groups"/, mends: /claim validation/ },
    settings: { claim_rules: JSON.stringify([{ claim: 'groups', value: 'desk' }]) },
    how: without('groups'),
  },
  {
    what: 'the application signs on agents, and the person is a user',
    ...{ check: 'person.linked', says: /No agent of the desk/, mends: /desk/ },
    settings: { allow_users: false },
  },
  {
    what: 'there is no default site',
    ...{ check: 'provisioning.site', says: /no default site/, mends: /default site/ },
    settings: { provisioning: true },
    how: { claims: (usual) => ({ ...usual, sub: 'new', email: 'new@larkfield.test' }) },
  },
];

const atSaml: readonly (Misconfiguration & {
  readonly given?: SamlGiven;
  readonly answering?: (key: Awaited<ReturnType<typeof aProviderKey>>) => Omit<Answering, 'to'>;
  readonly altered?: (xml: string) => string;
})[] = [
  {
    what: 'the provider signs with a key that its metadata does not have',
    ...{
      check: 'saml.signature',
      says: /key|signature|certificate/i,
      mends: /metadata|certificate/,
    },
    answering: (key) => ({ key }),
  },
  {
    what: 'the audience is another entity ID',
    ...{ check: 'saml.audience', says: /elsewhere/, mends: /audience|entity ID/i },
    answering: () => ({ audience: 'https://elsewhere.test/metadata' }),
  },
  {
    what: 'the answer is sent for another ACS',
    ...{
      check: 'saml.destination',
      says: /elsewhere|Destination|sent/i,
      mends: /ACS|assertion consumer|address/i,
    },
    answering: () => ({ acs: 'https://elsewhere.test/acs' }),
  },
  {
    what: 'the entity ID of the provider is another',
    ...{ check: 'saml.issuer', says: /other-idp/, mends: /entity ID|issuer/i },
    answering: () => ({ issuer: 'https://other-idp.test' }),
  },
  {
    what: 'the assertion is not signed',
    ...{ check: 'saml.signed', says: /sign/i, mends: /sign/i },
    altered: (xml) => xml.replace(/<ds:Signature .*?<\/ds:Signature>/s, ''),
  },
  {
    what: 'nothing but the response is signed, and assertions must be',
    ...{ check: 'saml.assertion-signed', says: /sign/i, mends: /sign/i },
    given: { settings: { wantsAssertionsSigned: true } },
    answering: () => ({ layout: 'response' }),
  },
  {
    what: 'the address is in a domain that nobody proved',
    ...{ check: 'person.domain', says: /elsewhere\.test/, mends: /DNS record/ },
    answering: () => ({ attributes: { mail: ['boss@elsewhere.test'] } }),
  },
];

describe('Single sign-on that is set up wrongly', () => {
  for (const given of atOidc)
    it(`is named ${given.check} where ${given.what}`, async () => {
      const application = await prepared(oidc, given);

      const { answer } = await signOnWith(oidc, application);

      await isNamedRightly(oidc.stage, application, answer, given);
    });

  for (const given of atSaml)
    it(`is named ${given.check} where ${given.what}`, async () => {
      const application = await aSamlApplication(saml, given.given);
      const other = await aProviderKey();
      const { browser, sent } = await begin(saml, application);

      const xml = anAnswer(saml, application, { ...given.answering?.(other), to: sent });
      const fields = {
        SAMLResponse: base64(given.altered?.(xml) ?? xml),
        RelayState: sent.relayState,
      };
      const answer = await post(browser, application, fields);

      await isNamedRightly(saml.signOns, application, answer, given);
    });

  it('is named saml.certificate-current where the provider’s certificate has expired', async () => {
    const now = saml.signOns.hub.time.now;
    const old = await aProviderKey('rsa', new Date(now.getTime() - 60_000));
    const application = await aSamlApplication(saml, { metadata: { keys: [old] } });
    const { browser, sent } = await begin(saml, application);

    const xml = anAnswer(saml, application, { key: old, to: sent });
    const fields = { SAMLResponse: base64(xml), RelayState: sent.relayState };
    const answer = await post(browser, application, fields);

    await isNamedRightly(saml.signOns, application, answer, {
      what: '',
      ...{ check: 'saml.certificate-current', says: /expired|certificate/i, mends: /certificate/i },
    });
  });

  it('is named person.enabled where the person was disabled', async () => {
    const { stage } = oidc;
    const user = await aUser(stage.hub, { name: 'Left Already' });
    const users = stage.hub.database.db.updateTable('desk_users');
    await users.set({ inactive: true }).where('id', '=', user.id).execute();
    const how = { claims: (usual: object) => ({ ...usual, sub: 'left', email: user.email }) };
    const application = await prepared(oidc, { how });

    const { answer } = await signOnWith(oidc, application);

    await isNamedRightly(stage, application, answer, {
      what: '',
      ...{ check: 'person.enabled', says: /disabled/, mends: /Enable the agent or user/ },
    });
  });

  it('says nothing of an application that is not there or inactive', async () => {
    const { stage } = oidc;
    const inactive = await anSsoApplication(stage, { active: false });
    const nowhere = '00000000-0000-4000-8000-000000000000';

    const pages = await Promise.all(
      [inactive.guid, nowhere].map((guid) => ask(stage.hub, `/auth/sso/${guid}/start`)),
    );

    const plain = pages.map(({ status, text }) => [status, text.replaceAll(/nonce="[^"]*"/g, '')]);
    assert.deepEqual(plain[0], plain[1]);
    assert.equal(await lastAttempt(stage, inactive), undefined);
  });
});
