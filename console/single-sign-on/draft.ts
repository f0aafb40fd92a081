// An application as it stands in the editor: plain texts and ticks, made of what the hub has and into what it takes.
import type { Application } from './queries.ts';
import { type Kind, kindOf } from './words.ts';

export type Draft = {
  readonly name: string;
  readonly kind: Kind;
  readonly agents: boolean;
  readonly users: boolean;
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuthentication: Application['oidc']['clientAuthentication'];
  readonly tenants: string;
  readonly domainHint: string;
  readonly scope: string;
  readonly prompt: string;
  readonly requiredAcr: string;
  readonly maxAge: string;
  readonly metadataUrl: string;
  readonly metadataXml: string;
  readonly entityId: string;
  readonly nameIdFormat: string;
  readonly requestBinding: Application['saml']['requestBinding'];
  readonly signsRequests: boolean;
  readonly wantsAssertionsSigned: boolean;
  readonly wantsResponsesSigned: boolean;
  readonly wantsAssertionsEncrypted: boolean;
  readonly allowsIdpInitiated: boolean;
  readonly forceAuthn: boolean;
  readonly idAttribute: Application['matching']['idAttribute'];
  readonly customIdAttribute: string;
  readonly field: Application['matching']['field'];
  readonly provisions: boolean;
  readonly byDomain: boolean;
  readonly updatesProfile: boolean;
  readonly defaultSite: string;
  /** A claim a line: `claim` or `claim = value`. */
  readonly claimRules: string;
  readonly label: string;
  readonly colour: string;
  readonly logo: string | null;
  readonly fills: boolean;
  readonly shownTo: Application['button']['shownTo'];
  readonly redirectsAgents: boolean;
  readonly redirectsUsers: boolean;
  readonly singleLogout: boolean;
  readonly logsAttempts: boolean;
};

export const newDraft: Draft = {
  ...{ name: '', kind: 'entra', agents: true, users: false, url: '', clientId: '' },
  ...{ clientSecret: '', clientAuthentication: 'basic', tenants: '', domainHint: '', scope: '' },
  ...{ prompt: '', requiredAcr: '', maxAge: '', metadataUrl: '', metadataXml: '', entityId: '' },
  ...{ nameIdFormat: '', requestBinding: 'redirect', signsRequests: false },
  ...{ wantsAssertionsSigned: true, wantsResponsesSigned: false, wantsAssertionsEncrypted: false },
  ...{ allowsIdpInitiated: false, forceAuthn: false, idAttribute: 'email' },
  ...{ customIdAttribute: '', field: 'email', provisions: false, byDomain: false },
  ...{ updatesProfile: false, defaultSite: '', claimRules: '', label: '', colour: '', logo: null },
  ...{ fills: false, shownTo: 'both', redirectsAgents: false, redirectsUsers: false },
  ...{ singleLogout: false, logsAttempts: true },
};

export function draftOf(application: Application): Draft {
  const { oidc, saml, matching, button, allows, autoRedirects } = application;
  return {
    ...{ name: application.name, kind: kindOf(application) },
    ...{ agents: allows.agent, users: allows.user, url: oidc.url ?? '' },
    ...{ clientId: oidc.clientId ?? '', clientSecret: '' },
    ...{ clientAuthentication: oidc.clientAuthentication, tenants: oidc.allowedTenants.join('\n') },
    ...{ domainHint: oidc.domainHint ?? '', scope: oidc.scope ?? '', prompt: oidc.prompt ?? '' },
    requiredAcr: oidc.requiredAcr.join('\n'),
    maxAge: oidc.maxAgeSeconds === null ? '' : String(oidc.maxAgeSeconds),
    ...{ metadataUrl: saml.metadataUrl ?? '', metadataXml: '', entityId: saml.entityId ?? '' },
    ...{ nameIdFormat: saml.nameIdFormat ?? '', requestBinding: saml.requestBinding },
    ...{ signsRequests: saml.signsRequests, wantsAssertionsSigned: saml.wantsAssertionsSigned },
    wantsResponsesSigned: saml.wantsResponsesSigned,
    wantsAssertionsEncrypted: saml.wantsAssertionsEncrypted,
    ...{ allowsIdpInitiated: saml.allowsIdpInitiated, forceAuthn: saml.forceAuthn },
    ...{ idAttribute: matching.idAttribute, field: matching.field },
    customIdAttribute: matching.customIdAttribute ?? '',
    ...{ provisions: matching.provisions, byDomain: matching.byDomain },
    updatesProfile: matching.updatesProfile,
    defaultSite: matching.defaultSiteId === null ? '' : String(matching.defaultSiteId),
    claimRules: matching.claimRules
      .map(({ claim, value }) => (value === null ? claim : `${claim} = ${value}`))
      .join('\n'),
    ...{ label: button.label ?? '', colour: button.colour ?? '', logo: button.logo },
    ...{ fills: button.overrides, shownTo: button.shownTo },
    ...{ redirectsAgents: autoRedirects.agent, redirectsUsers: autoRedirects.user },
    ...{ singleLogout: application.singleLogout, logsAttempts: application.logsAttempts },
  };
}

/** What the hub is sent. A secret that was not typed stays as it is. */
export function bodyOf(draft: Draft) {
  const { kind } = draft;
  const isSaml = kind === 'saml';
  return {
    name: draft.name,
    protocol: isSaml ? 'saml' : 'oidc',
    allows: { agent: draft.agents, user: draft.users },
    autoRedirects: { agent: draft.redirectsAgents, user: draft.redirectsUsers },
    singleLogout: draft.singleLogout,
    logsAttempts: draft.logsAttempts,
    saml: isSaml ? samlOf(draft) : undefined,
    oidc: kind === 'saml' ? undefined : oidcOf(draft, kind),
    clientSecret: isSaml || draft.clientSecret === '' ? undefined : draft.clientSecret,
    matching: {
      ...{ idAttribute: draft.idAttribute, field: draft.field, provisions: draft.provisions },
      customIdAttribute: draft.idAttribute === 'custom' ? text(draft.customIdAttribute) : null,
      ...{ byDomain: draft.byDomain, updatesProfile: draft.updatesProfile },
      defaultSiteId: draft.defaultSite === '' ? null : Number(draft.defaultSite),
      claimRules: lines(draft.claimRules).map(ruleOf),
    },
    button: {
      ...{ label: text(draft.label), colour: text(draft.colour), logo: draft.logo },
      ...{ overrides: draft.fills, shownTo: draft.shownTo },
    },
  };
}

function oidcOf(draft: Draft, preset: Exclude<Kind, 'saml'>) {
  return {
    ...{ preset, url: text(draft.url), clientId: text(draft.clientId) },
    clientAuthentication: draft.clientAuthentication,
    ...{ prompt: text(draft.prompt), domainHint: text(draft.domainHint), scope: text(draft.scope) },
    allowedTenants: draft.tenants.split(/[\s,;]+/).filter((tenant) => tenant !== ''),
    requiredAcr: lines(draft.requiredAcr),
    maxAgeSeconds: draft.maxAge.trim() === '' ? null : Number(draft.maxAge),
  };
}

function samlOf(draft: Draft) {
  return {
    ...{ metadataUrl: text(draft.metadataUrl), entityId: text(draft.entityId) },
    ...{ signsRequests: draft.signsRequests, nameIdFormat: text(draft.nameIdFormat) },
    wantsAssertionsSigned: draft.wantsAssertionsSigned,
    wantsResponsesSigned: draft.wantsResponsesSigned,
    wantsAssertionsEncrypted: draft.wantsAssertionsEncrypted,
    ...{ allowsIdpInitiated: draft.allowsIdpInitiated, forceAuthn: draft.forceAuthn },
    requestBinding: draft.requestBinding,
  };
}

function ruleOf(line: string) {
  const equals = line.indexOf(' = ');
  if (equals < 0) return { claim: line, value: null };
  return { claim: line.slice(0, equals).trim(), value: line.slice(equals + 3).trim() };
}

function lines(said: string): string[] {
  return said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function text(said: string): string | null {
  return said.trim() === '' ? null : said.trim();
}
