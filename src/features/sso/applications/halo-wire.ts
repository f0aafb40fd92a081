// Applications for single sign-on in Halo's words: SingleSignOnApplication, both ways.
import { z } from 'zod';
import { haloCodes } from '#domain/halo-codes.ts';
import { refuse } from '#domain/problem.ts';
import { idAttributes, matchingFields, presets } from '#features/sso/model.ts';
import { answered, coded, halo, warning, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { KeyPair2 } from '#http/halo/pairs.ts';
import { pages, protocols } from './answers.ts';
import type { Shown } from './queries.ts';
import { ownInstance, type SettingsChange } from './settings.ts';

const text = halo.text.nullable();
const flag = halo.bool.nullable();

/** Of a claim's rule two of them say something; the others are Halo's for other mappings. */
const IntegrationFieldMapping = haloModel('IntegrationFieldMapping', {
  id: halo.int,
  fiid: halo.int.nullable(),
  name: text,
  thirdpartyname: text.describe('The claim that must be there'),
  msid: halo.int.nullable(),
  typeid: halo.int.nullable(),
  isassetfield: flag,
  subtypeid: halo.int.nullable(),
  newrecords: flag,
  xmvalue: text.describe('A value it must have; empty: any'),
  third_party_friendly_name: text,
  sync: flag,
  synctype: halo.int.nullable(),
  product: halo.int.nullable(),
  dontupdate: flag,
  product_name: answered(text),
  third_party_field_type: halo.int.nullable(),
  populateemptyvalue: flag,
  value_set: text,
  _warning: warning,
});

export const HaloSsoApplication = haloModel('SingleSignOnApplication', {
  id: halo.int,
  guid: halo.uuid.nullable(),
  intent: text.describe('Of one request alone: read, and kept nowhere'),
  name: text,
  instance_id: halo.int.nullable().describe(`This hub is ${ownInstance}; empty means the same`),
  instance_name: answered(text),
  type: coded('SsoType').nullable(),
  type_description: answered(text),
  oidc_url: text.describe('The issuer or its discovery document; another one clears the secret'),
  client_id: text,
  oidc_type: coded('SsoOidcType').nullable(),
  new_client_secret: writeOnly(text, 'Left out, null or empty it stays as it is.'),
  active: flag,
  allowed_entities: coded('SsoAllowedEntities').nullable(),
  auto_redirect_agent: flag,
  auto_redirect_user: flag,
  single_logout: flag,
  prompt: text,
  id_attribute: coded('SsoIdAttribute').nullable(),
  custom_id_attribute: text,
  user_matching_field: coded('SsoUserMatchingField').nullable(),
  allow_user_provisoning: flag,
  domain_matching: flag,
  default_site: halo.int.nullable().describe('A site’s id; 0 is none'),
  default_site_name: answered(text),
  button_label: text,
  button_colour: text,
  button_logo: text.describe('data:image/…;base64,… of at most 64 KiB'),
  domain_hint: text,
  app_type: coded('SsoAppType').nullable(),
  allowed_tenants: text.describe('GUIDs with commas or line breaks between them'),
  allowed_tenants_list: z.array(KeyPair2).max(1_000).nullable(),
  extra_claim_validation: z.array(IntegrationFieldMapping).max(50).nullable(),
  log_attempts: flag,
  override_styling: flag,
  scope: text,
  _warning: warning,
});
export type HaloSsoApplication = z.output<typeof HaloSsoApplication>;

export function applicationToHalo(
  { application, around }: Shown,
  said: { readonly host: string; readonly warnings: readonly string[] },
): z.input<typeof HaloSsoApplication> {
  const { oidc, matching, button, allows, autoRedirects } = application;
  const type = protocols.indexOf(application.protocol);
  return {
    id: application.id,
    guid: application.guid,
    intent: null,
    name: application.name,
    instance_id: application.instanceId,
    instance_name: said.host,
    type,
    type_description: haloCodes.SsoType.codes[type]?.name ?? null,
    oidc_url: oidc.url,
    client_id: oidc.clientId,
    oidc_type: presets.indexOf(oidc.preset),
    active: application.active,
    allowed_entities: (allows.agent ? 1 : 0) + (allows.user ? 2 : 0),
    auto_redirect_agent: autoRedirects.agent,
    auto_redirect_user: autoRedirects.user,
    single_logout: application.singleLogout,
    prompt: oidc.prompt,
    id_attribute: idAttributes.indexOf(matching.idAttribute),
    custom_id_attribute: matching.customIdAttribute,
    user_matching_field: matchingFields.indexOf(matching.field),
    allow_user_provisoning: matching.provisions,
    domain_matching: matching.byDomain,
    default_site: matching.defaultSiteId,
    default_site_name: around.siteName,
    button_label: button.label,
    button_colour: button.colour,
    button_logo: button.logo,
    domain_hint: oidc.domainHint,
    app_type: pages.indexOf(button.shownTo),
    allowed_tenants: oidc.allowedTenants.length === 0 ? null : oidc.allowedTenants.join(','),
    allowed_tenants_list: oidc.allowedTenants.map((value) => ({ value, label: value })),
    extra_claim_validation: matching.claimRules.map(({ claim, value }, at) => ({
      id: at + 1,
      thirdpartyname: claim,
      xmvalue: value,
    })),
    log_attempts: application.logsAttempts,
    override_styling: button.overrides,
    scope: oidc.scope,
    _warning: said.warnings.length === 0 ? null : said.warnings.join(' '),
  };
}

/**
 * What was given. A text that is empty or null is none; a number or a yes that is null stays as it is,
 * as programs of Halo's world send back what they do not know. `before`: the tenants allowed so far.
 */
export function changeFromHalo(
  given: HaloSsoApplication,
  before: readonly string[],
): SettingsChange {
  const { allowed_entities: allowed } = given;
  return {
    name: given.name ?? undefined,
    protocol: given.type == null ? undefined : protocols[given.type],
    active: given.active ?? undefined,
    instanceId: given.instance_id === 0 ? null : given.instance_id,
    allows: allowed == null ? undefined : { agent: (allowed & 1) !== 0, user: (allowed & 2) !== 0 },
    autoRedirects: {
      agent: given.auto_redirect_agent ?? undefined,
      user: given.auto_redirect_user ?? undefined,
    },
    singleLogout: given.single_logout ?? undefined,
    oidc: oidcFromHalo(given, before),
    matching: matchingFromHalo(given),
    button: {
      label: emptyIsNone(given.button_label),
      colour: emptyIsNone(given.button_colour),
      logo: emptyIsNone(given.button_logo),
      overrides: given.override_styling ?? undefined,
      shownTo: given.app_type == null ? undefined : pages[given.app_type],
    },
    logsAttempts: given.log_attempts ?? undefined,
  };
}

function oidcFromHalo(
  given: HaloSsoApplication,
  before: readonly string[],
): SettingsChange['oidc'] {
  return {
    preset: given.oidc_type == null ? undefined : presets[given.oidc_type],
    url: emptyIsNone(given.oidc_url),
    clientId: emptyIsNone(given.client_id),
    prompt: emptyIsNone(given.prompt),
    domainHint: emptyIsNone(given.domain_hint),
    scope: emptyIsNone(given.scope),
    allowedTenants: tenantsFromHalo(given, before),
  };
}

/** Two spellings of one thing: where both come, as in an answer sent back, the one that was changed counts. */
function tenantsFromHalo(
  { allowed_tenants: text, allowed_tenants_list: list }: HaloSsoApplication,
  before: readonly string[],
): readonly string[] | undefined {
  const listed = list?.map(({ value }) => (value ?? '').trim().toLowerCase());
  if (text === undefined) return listed ?? (list === null ? [] : undefined);
  const said = (text ?? '')
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter((tenant) => tenant !== '');
  if (listed === undefined || listed.join() === said.join()) return said;
  if (said.join() === before.join()) return listed;
  if (listed.join() === before.join()) return said;
  refuse('request.invalid', { reason: 'allowed_tenants and allowed_tenants_list differ' });
}

function matchingFromHalo(given: HaloSsoApplication): SettingsChange['matching'] {
  const { id_attribute: id, user_matching_field: field, default_site: site } = given;
  const rules = given.extra_claim_validation;
  return {
    idAttribute: id == null ? undefined : idAttributes[id],
    customIdAttribute: emptyIsNone(given.custom_id_attribute),
    field: field == null ? undefined : matchingFields[field],
    byDomain: given.domain_matching ?? undefined,
    provisions: given.allow_user_provisoning ?? undefined,
    defaultSiteId: site !== undefined && site !== null && site <= 0 ? null : site,
    claimRules:
      rules === undefined
        ? undefined
        : (rules ?? []).map(({ thirdpartyname, xmvalue }) => ({
            claim: thirdpartyname ?? '',
            value: emptyIsNone(xmvalue) ?? null,
          })),
  };
}

function emptyIsNone(said: string | null | undefined): string | null | undefined {
  return said === '' ? null : said;
}
