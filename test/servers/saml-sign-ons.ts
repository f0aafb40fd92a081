// A hub with a SAML application, its provider as text, and browsers between the two; one hub or several of one database.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { inflateRawSync } from 'node:zlib';
import { XmlDocument } from 'libxml2-wasm';
import { saml } from '#connectors/saml/saml.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { keepMetadata } from '#features/sso/saml/stored.ts';
import { newId } from '#lib/ids.ts';
import { inTransaction } from '#store/db.ts';
import { aBrowser, anAgent, type BrowserOf, type Told } from './access.ts';
import {
  anAssertion,
  aProviderKey,
  aResponse,
  idpEntityId,
  type Layout,
  type ProviderKey,
  signed,
} from './saml-idp.ts';
import { anSsoApplication, lastAttempt, type SignOns, signOns } from './sign-ons.ts';

export const signOnAddress = 'http://127.0.0.1:9/sso?tenant=1';
export const logoutAddress = 'http://127.0.0.1:9/slo';

export type MetadataParts = {
  readonly keys: readonly ProviderKey[];
  readonly entityId?: string;
  readonly attributes?: string;
  readonly role?: string;
  readonly signOn?: string;
  readonly logout?: string;
};

export function idpMetadata(parts: MetadataParts): string {
  const binding = 'urn:oasis:names:tc:SAML:2.0:bindings';
  const keys = parts.keys.map(
    ({ certificate }) =>
      `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate.replace(/-----[A-Z ]+-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`,
  );
  const logout =
    parts.logout ??
    `<SingleLogoutService Binding="${binding}:HTTP-Redirect" Location="${logoutAddress}" ResponseLocation="${logoutAddress}/answer"/>`;
  const signOn =
    parts.signOn ??
    `<SingleSignOnService Binding="${binding}:HTTP-Redirect" Location="${signOnAddress}"/><SingleSignOnService Binding="${binding}:HTTP-POST" Location="http://127.0.0.1:9/sso-post"/>`;
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${parts.entityId ?? idpEntityId}" ${parts.attributes ?? ''}><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" ${parts.role ?? ''}>${keys.join('')}${logout}${signOn}</IDPSSODescriptor></EntityDescriptor>`;
}

/** Serves metadata on loopback; what it answers can be changed. */
export async function aMetadataServer(text: string) {
  const served = { text, status: 200, asked: 0 };
  const server = createServer((_request, answer) => {
    served.asked += 1;
    answer.writeHead(served.status, { 'content-type': 'application/samlmetadata+xml' });
    answer.end(served.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  return {
    served,
    url: `http://127.0.0.1:${address.port}/metadata`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type SamlWorld = AsyncDisposable & {
  readonly signOns: SignOns;
  readonly key: ProviderKey;
  readonly agent: { readonly id: number; readonly email: string };
};

export async function aSamlWorld(given: Parameters<typeof signOns>[0] = {}): Promise<SamlWorld> {
  const opened = await signOns(given);
  const agent = await anAgent(opened.hub);
  return {
    signOns: opened,
    key: await aProviderKey(),
    agent,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

export type SamlGiven = {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly columns?: NonNullable<Parameters<typeof anSsoApplication>[1]>;
  /** Null: none was given. */
  readonly metadata?: Partial<MetadataParts> | null;
};

export async function aSamlApplication(
  { signOns: opened, key }: SamlWorld,
  given: SamlGiven = {},
): Promise<SsoApplication> {
  const { hub, ports } = opened;
  const application = await anSsoApplication(opened, {
    protocol: 'saml',
    single_logout: true,
    settings: JSON.stringify(given.settings ?? {}),
    ...given.columns,
  });
  if (given.metadata !== null) {
    const document = idpMetadata({ keys: [key], ...given.metadata });
    const provider = saml.readProvider(document, { entityId: null, lab: true });
    const read = { applicationId: application.id, document, provider, sameCertificates: false };
    await inTransaction(ports.db, (tx) => keepMetadata(tx, read, hub.time.now));
  }
  return application;
}

export async function again({ signOns: { ports } }: SamlWorld, { id }: SsoApplication) {
  const found = await findSsoApplication(ports.db, { id });
  assert(found);
  return found;
}

/** What the hub sent to the provider. */
export type Sent = {
  readonly xml: string;
  readonly relayState: string;
  readonly destination: string;
  readonly query: URLSearchParams;
};

export function sentBy(told: Told): Sent {
  const location = told.headers.get('location');
  if (location !== null) {
    const url = new URL(location);
    const field = url.searchParams.get('SAMLRequest') ?? url.searchParams.get('SAMLResponse');
    return {
      xml: inflateRawSync(Buffer.from(field ?? '', 'base64')).toString(),
      relayState: url.searchParams.get('RelayState') ?? '',
      destination: location,
      query: url.searchParams,
    };
  }
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(told.text)?.[1];
  const message = field('SAMLRequest') ?? field('SAMLResponse') ?? '';
  return {
    xml: Buffer.from(message, 'base64').toString(),
    relayState: field('RelayState') ?? '',
    destination: /<form [^>]*action="([^"]*)"/.exec(told.text)?.[1] ?? '',
    query: new URLSearchParams(),
  };
}

export function attributeOf(xml: string, name: string): string | undefined {
  using document = XmlDocument.fromString(xml);
  return document.get(`/*/@${name}`)?.content;
}

export type Begun = { readonly browser: BrowserOf; readonly sent: Sent; readonly told: Told };

export async function begin(
  world: SamlWorld,
  { guid }: SsoApplication,
  path = '/tickets/42',
  browser = aBrowser(world.signOns.hub),
): Promise<Begun> {
  const told = await browser.ask(`/auth/sso/${guid}/start?return=${encodeURIComponent(path)}`);
  return { browser, told, sent: sentBy(told) };
}

export type Answering = {
  /** Undefined: the provider begins. */
  readonly to?: Sent;
  readonly layout?: Layout;
  readonly key?: ProviderKey;
  readonly nameId?: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly wrap?: (assertion: string) => string;
  readonly issuer?: string;
  readonly index?: string;
  /** Minutes until the provider's own session is over; it does not say where this is left out. */
  readonly sessionMinutes?: number;
  /** Another application's ACS. */
  readonly acs?: string;
  readonly audience?: string;
};

export const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
export const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/** A right answer at the hub's present time, but for what is said to be otherwise. */
export function anAnswer(
  world: SamlWorld,
  application: SsoApplication,
  answering: Answering,
): string {
  const { hub, ports } = world.signOns;
  const at = (minutes: number) => new Date(hub.time.now.getTime() + minutes * 60_000).toISOString();
  const door = (name: string) => `${ports.publicUrl.origin}/auth/sso/${application.guid}/${name}`;
  const acs = answering.acs ?? door('acs');
  const [assertion, response] = [`_a${newId()}`, `_r${newId()}`];
  const id = answering.to === undefined ? undefined : attributeOf(answering.to.xml, 'ID');
  const answers = id === undefined ? '' : ` InResponseTo="${id}"`;
  const issuer = answering.issuer ?? idpEntityId;
  const attributes = Object.entries(answering.attributes ?? { mail: [world.agent.email] });
  const key = answering.key ?? world.key;
  const layout = answering.layout ?? 'assertion';
  const { sessionMinutes: minutes } = answering;
  const ends = minutes === undefined ? '' : ` SessionNotOnOrAfter="${at(minutes)}"`;
  const plain = anAssertion({
    id: assertion,
    issued: at(0),
    issuer,
    nameId:
      answering.nameId ??
      `<saml:NameID Format="${persistent}">person-${world.agent.id}</saml:NameID>`,
    confirmationAttributes: `NotOnOrAfter="${at(5)}" Recipient="${acs}"${answers}`,
    conditionsAttributes: `NotBefore="${at(-5)}" NotOnOrAfter="${at(5)}"`,
    conditions: `<saml:AudienceRestriction><saml:Audience>${answering.audience ?? door('metadata')}</saml:Audience></saml:AudienceRestriction>`,
    statement: `<saml:AuthnStatement AuthnInstant="${at(-1)}" SessionIndex="${answering.index ?? '_session1'}"${ends}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    attributes:
      attributes.length === 0
        ? ''
        : `<saml:AttributeStatement>${attributes.map(([name, values]) => `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`).join('')}</saml:AttributeStatement>`,
  });
  const own = layout === 'response' ? plain : signed(plain, assertion, key);
  const whole = aResponse(answering.wrap?.(own) ?? own, {
    id: response,
    issued: at(0),
    issuer: `<saml:Issuer>${issuer}</saml:Issuer>`,
    attributes: `Destination="${acs}"${answers}`,
  });
  return layout === 'assertion' ? whole : signed(whole, response, key);
}

export function base64(xml: string): string {
  return Buffer.from(xml).toString('base64');
}

export function post(
  browser: Pick<BrowserOf, 'ask'>,
  { guid }: SsoApplication,
  fields: Readonly<Record<string, string>>,
): Promise<Told> {
  return browser.ask(`/auth/sso/${guid}/acs`, { form: fields });
}

/** From start to session: gives back the browser, which is signed on. */
export async function signOnWith(
  world: SamlWorld,
  application: SsoApplication,
  answering: Omit<Answering, 'to'> = {},
): Promise<{ readonly browser: BrowserOf; readonly told: Told }> {
  const { browser, sent } = await begin(world, application);
  const xml = anAnswer(world, application, { ...answering, to: sent });
  const fields = { SAMLResponse: base64(xml), RelayState: sent.relayState };
  return { browser, told: await post(browser, application, fields) };
}

export async function whoSits(browser: BrowserOf): Promise<unknown> {
  const { status, json } = await browser.ask('/auth/me');
  return status === 200 ? Number(json.id) : undefined;
}

/** That it was refused with a page and no more, and by which check. */
export async function refusedBy(
  world: SamlWorld,
  application: SsoApplication,
  told: Told,
): Promise<string | null | undefined> {
  assert.equal(told.status, 403, told.text);
  assert.match(told.text, /You are not signed in/);
  assert.doesNotMatch(told.text, /\bat .*\.ts\b|node_modules|Error:/);
  const attempt = await lastAttempt(world.signOns, application);
  assert.ok(attempt && told.text.includes(`Attempt ${attempt.id}`), 'the page names the attempt');
  return attempt.failed_check;
}
