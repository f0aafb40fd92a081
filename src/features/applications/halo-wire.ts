// API applications in Halo's words: NHD_Identity_Application, whose id is a GUID in a text.
import { z } from 'zod';
import { answered, coded, halo, ofModel, warning, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { KeyPair2 } from '#http/halo/pairs.ts';
import { haloTimeOrNull } from '#http/halo/time.ts';
import type { Application, ApplicationKind } from './model.ts';
import type { ApplicationKey } from './queries.ts';

const text = halo.text.nullable();
const nameMax = 200;

const ScopeWire = haloModel('NHD_Identity_ApplicationScope', {
  id: halo.int,
  application_id: text,
  name: text,
});

/** What only orders something, in the manner of Halo's other commands. */
const order = writeOnly(halo.bool.nullable());

/** Halo's members of 2024-09, and what its database keeps of API keys under names of our own. */
export const HaloApplication = haloModel('NHD_Identity_Application', {
  id: text,
  displayName: z.string('is not a text').trim().max(nameMax).nullable(),
  clientId: answered(text),
  clientSecret: answered(text, 'In the answer that made it alone.'),
  grant_type: text,
  authentication_method: coded('AuthenticationMethod').nullable(),
  type: answered(text, 'confidential or public'),
  inactive: halo.bool.nullable(),
  loginentity: coded('LoginEntity').nullable(),
  loginas_agent_id: halo.int.nullable(),
  loginas_agent_name: answered(text),
  loginas_client_id: halo.int.nullable(),
  loginas_client_name: answered(text),
  allowagents: halo.bool.nullable(),
  allowusers: halo.bool.nullable(),
  permissions: text,
  scopes: z.array(ScopeWire).max(200).nullable(),
  redirecturi: text,
  redirectUris: text,
  redirecturi_list: z.array(KeyPair2).max(20).nullable(),
  apikey1: answered(text, 'In the answer that made it alone.'),
  apikey1_dategenerated: answered(halo.time.nullable()),
  apikey1_lastusedate: answered(halo.time.nullable()),
  apikey1_lastuseipaddress: answered(text),
  apikey1_expirydate: halo.time.nullable(),
  apikey2: answered(text, 'In the answer that made it alone.'),
  apikey2_dategenerated: answered(halo.time.nullable()),
  apikey2_lastusedate: answered(halo.time.nullable()),
  apikey2_lastuseipaddress: answered(text),
  apikey2_expirydate: halo.time.nullable(),
  creation_date: answered(halo.time.nullable()),
  _ispublic: order,
  _renew_secret: order,
  _renew_apikey1: order,
  _renew_apikey2: order,
  _delete_apikey1: order,
  _delete_apikey2: order,
  // Halo's, and nothing to this hub: read and ignored.
  system_use: writeOnly(text),
  logoutredirecturi: writeOnly(text),
  cors_whitelist: writeOnly(text),
  concurrencyToken: writeOnly(text),
  consentType: writeOnly(text),
  postLogoutRedirectUris: writeOnly(text),
  properties: writeOnly(text),
  postlogoutredirecturi_list: writeOnly(ofModel(halo.objects, 'KeyPair2').nullable()),
  cors_whitelist_list: writeOnly(ofModel(halo.objects, 'KeyPair2').nullable()),
  organisation_id: writeOnly(halo.int.nullable()),
  organisation_name: writeOnly(text),
  loginas_supplier_id: writeOnly(halo.int.nullable()),
  loginas_supplier_name: writeOnly(text),
  language_id: writeOnly(halo.int.nullable()),
  language_name: writeOnly(text),
  disable_windowsauth: writeOnly(halo.bool.nullable()),
  disable_azure: writeOnly(halo.bool.nullable()),
  disable_adfs: writeOnly(halo.bool.nullable()),
  disable_okta: writeOnly(halo.bool.nullable()),
  disable_centrify: writeOnly(halo.bool.nullable()),
  disable_google: writeOnly(halo.bool.nullable()),
  disable_anon: writeOnly(halo.bool.nullable()),
  button_config: writeOnly(ofModel(halo.objects, 'LoginScreenConfig').nullable()),
  assertion_consumer_service_index: writeOnly(halo.int.nullable()),
  authorizations: writeOnly(ofModel(halo.objects, 'OpenIddictAuthorization').nullable()),
  tokens: writeOnly(ofModel(halo.objects, 'OpenIddictToken').nullable()),
  _issystem: writeOnly(halo.bool.nullable()),
  _warning: warning,
});
export type HaloApplication = z.output<typeof HaloApplication>;

/** Halo's words for each kind, and the code of its authentication method. */
export const methods: Readonly<
  Record<ApplicationKind, { readonly code: number; readonly grant: string }>
> = {
  'username-password': { code: 0, grant: 'password' },
  'authorization-code': { code: 1, grant: 'authorization_code' },
  'client-secret': { code: 2, grant: 'client_credentials' },
  'api-key': { code: 3, grant: 'api_key' },
};

export type Names = { readonly agent?: string | undefined; readonly client?: string | undefined };

export function toHalo(
  application: Application,
  keys: readonly ApplicationKey[],
  names: Names,
): HaloApplication {
  const { id, kind, scopes, redirectUris, agentId, boundClientId } = application;
  return {
    id,
    displayName: application.name,
    clientId: application.clientId,
    clientSecret: null,
    grant_type: methods[kind].grant,
    authentication_method: methods[kind].code,
    type: application.hasSecret ? 'confidential' : 'public',
    inactive: !application.enabled,
    loginentity: agentId !== undefined ? 1 : boundClientId !== undefined ? 2 : 0,
    loginas_agent_id: agentId ?? null,
    loginas_agent_name: names.agent ?? null,
    loginas_client_id: boundClientId ?? null,
    loginas_client_name: names.client ?? null,
    allowagents: application.allowAgents,
    allowusers: false,
    permissions: scopes.join(' '),
    scopes: scopes.map((name, at) => ({ id: at + 1, application_id: id, name })),
    redirecturi: redirectUris[0] ?? null,
    redirectUris: JSON.stringify(redirectUris),
    redirecturi_list: redirectUris.map((value) => ({ value, label: value })),
    creation_date: haloTimeOrNull(application.createdAt),
    ...keyMembers(keys, 1),
    ...keyMembers(keys, 2),
  };
}

function keyMembers(keys: readonly ApplicationKey[], slot: 1 | 2): HaloApplication {
  const key = keys.find((one) => one.slot === slot);
  return {
    [`apikey${slot}_dategenerated`]: haloTimeOrNull(key?.generatedAt),
    [`apikey${slot}_lastusedate`]: haloTimeOrNull(key?.lastUsedAt),
    [`apikey${slot}_lastuseipaddress`]: key?.lastUsedFrom ?? null,
    [`apikey${slot}_expirydate`]: haloTimeOrNull(key?.expiresAt),
  };
}
