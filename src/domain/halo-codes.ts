// The integer codes that Halo does not document: what each means here. One table, for answers, docs and lookups.

export type Code = { readonly code: number; readonly name: string; readonly meaning: string };

export type CodeList = {
  /** GET /api/Lookup?lookupid=… answers with the list. Halo's own lists have numbers below 1000. */
  readonly lookupId: number;
  /** Where such a code stands: Model.member. */
  readonly members: readonly string[];
  readonly codes: readonly Code[];
};

/** Numbers from here on are the hub's own lists, and nobody's to change. */
export const firstOwnLookup = 9000;

export const haloCodes = {
  PasswordObjectType: {
    lookupId: 9001,
    members: ['AuditPasswordField.object_type', 'AuditPasswordField.object'],
    codes: [
      { code: 0, name: 'ticket', meaning: 'a custom field of a ticket' },
      { code: 1, name: 'client', meaning: 'a custom field of a client' },
      { code: 2, name: 'site', meaning: 'a custom field of a site' },
      { code: 3, name: 'asset', meaning: 'a custom field of an asset' },
      { code: 4, name: 'user', meaning: 'a custom field of a user' },
    ],
  },
  StatusType: {
    lookupId: 9002,
    members: ['TStatus.type'],
    codes: [
      { code: 0, name: 'open', meaning: 'work goes on' },
      { code: 1, name: 'closed', meaning: 'done' },
      { code: 2, name: 'waiting', meaning: 'the clock stands still (onhold)' },
    ],
  },
  FilterType: {
    lookupId: 9003,
    members: ['advanced_search.filter_type'],
    codes: [
      { code: 1, name: 'contains', meaning: 'the value occurs in the field' },
      { code: 2, name: 'equals', meaning: 'the field is the value; the one number known of Halo' },
      { code: 3, name: 'differs', meaning: 'the field is not the value' },
      { code: 4, name: 'begins', meaning: 'the field begins with the value' },
      { code: 5, name: 'ends', meaning: 'the field ends with the value' },
      { code: 6, name: 'more', meaning: 'the field is more than the value' },
      { code: 7, name: 'less', meaning: 'the field is less than the value' },
      { code: 8, name: 'empty', meaning: 'the field is empty; no value is needed' },
      { code: 9, name: 'filled', meaning: 'the field is not empty; no value is needed' },
    ],
  },
  TableEnum: {
    lookupId: 9004,
    members: ['CustomField.usage'],
    codes: [
      { code: 1, name: 'ticket', meaning: 'tickets (Faults); as in Halo' },
      { code: 2, name: 'client', meaning: 'clients (Area); as in Halo' },
      { code: 3, name: 'site', meaning: 'sites; as in Halo' },
      { code: 4, name: 'user', meaning: 'users; as in Halo' },
      { code: 5, name: 'asset', meaning: 'assets (Device); as in Halo' },
      { code: 7, name: 'action', meaning: 'actions; as in Halo' },
      { code: 1002, name: 'agent', meaning: 'agents (Uname); as in Halo' },
    ],
  },
  AttachmentType: {
    lookupId: 9007,
    members: ['Attachment.type'],
    codes: [
      { code: 1, name: 'ticket', meaning: 'unique_id is a ticket, and so is ticket_id; 0 too' },
      { code: 2, name: 'client', meaning: 'unique_id is a client' },
      { code: 3, name: 'site', meaning: 'unique_id is a site' },
      { code: 4, name: 'user', meaning: 'unique_id is a user' },
      { code: 5, name: 'asset', meaning: 'unique_id is an asset' },
    ],
  },
  AuthenticationMethod: {
    lookupId: 9008,
    members: ['NHD_Identity_Application.authentication_method'],
    codes: [
      { code: 0, name: 'Username & Password', meaning: 'grant_type password; keeps no secret' },
      { code: 1, name: 'Authorisation Code', meaning: 'grant_type authorization_code with PKCE' },
      { code: 2, name: 'Client ID and Secret', meaning: 'grant_type client_credentials' },
      { code: 3, name: 'API Key', meaning: 'the header X-Halo-Api-Key' },
    ],
  },
  LoginEntity: {
    lookupId: 9009,
    members: ['NHD_Identity_Application.loginentity'],
    codes: [
      { code: 0, name: 'itself', meaning: 'the application with its own permissions' },
      { code: 1, name: 'agent', meaning: 'an agent, loginas_agent_id: what both may' },
      { code: 2, name: 'client', meaning: 'itself, bound to the client loginas_client_id' },
    ],
  },
  CustomFieldType: {
    lookupId: 9005,
    members: ['CustomField.type'],
    codes: [
      { code: 0, name: 'text', meaning: 'one line; inputtype says of what' },
      { code: 1, name: 'memo', meaning: 'several lines' },
      { code: 2, name: 'single selection', meaning: 'one of a list' },
      { code: 3, name: 'multiple selection', meaning: 'any of a list' },
      { code: 4, name: 'date', meaning: 'a date' },
      { code: 5, name: 'time', meaning: 'a time of day' },
      { code: 6, name: 'checkbox', meaning: 'true or false' },
      { code: 7, name: 'table', meaning: 'rows of further values' },
      { code: 10, name: 'rich text', meaning: 'formatted text' },
    ],
  },
  CustomFieldInputType: {
    lookupId: 9006,
    members: ['CustomField.inputtype'],
    codes: [
      { code: 0, name: 'anything', meaning: 'any text' },
      { code: 1, name: 'integer', meaning: 'a whole number' },
      { code: 2, name: 'money', meaning: 'an amount' },
      { code: 3, name: 'alphanumeric', meaning: 'letters and digits' },
      { code: 4, name: 'decimal', meaning: 'a number' },
      { code: 5, name: 'address', meaning: 'a web address' },
      { code: 6, name: 'password', meaning: 'sealed; revealed through /PasswordField alone' },
    ],
  },
  KeyVaultConnectionType: {
    lookupId: 9040,
    members: ['KeyVault.connection_type'],
    codes: [
      { code: 0, name: 'managed identity', meaning: 'the identity of the virtual machine' },
      { code: 1, name: 'App Service', meaning: 'the identity of the App Service app' },
      { code: 2, name: 'client secret', meaning: 'an application of Entra and its secret' },
      { code: 3, name: 'certificate', meaning: 'an application of Entra and its certificate' },
    ],
  },
  SsoType: {
    lookupId: 9041,
    members: ['SingleSignOnApplication.type'],
    codes: [
      { code: 0, name: 'OIDC', meaning: 'OpenID Connect' },
      { code: 1, name: 'SAML', meaning: 'SAML 2.0; its settings stand in /v1/sso-applications' },
    ],
  },
  SsoOidcType: {
    lookupId: 9042,
    members: ['SingleSignOnApplication.oidc_type'],
    codes: [
      { code: 0, name: 'generic', meaning: 'any OpenID provider; the subject is `sub`' },
      { code: 1, name: 'Entra, one tenant', meaning: 'a person is known by `tid` and `oid`' },
      {
        code: 2,
        name: 'Entra, several tenants',
        meaning: 'any tenant of allowed_tenants; an empty list refuses everyone',
      },
      { code: 3, name: 'Google', meaning: 'domain_hint is sent as `hd`; oidc_url may be empty' },
      { code: 4, name: 'Okta', meaning: 'an Okta organisation or one of its servers' },
    ],
  },
  SsoAllowedEntities: {
    lookupId: 9043,
    members: ['SingleSignOnApplication.allowed_entities'],
    codes: [
      { code: 0, name: 'nobody', meaning: 'everyone is refused' },
      { code: 1, name: 'agents', meaning: 'agents may sign on with it' },
      { code: 2, name: 'users', meaning: 'users may sign on with it' },
      { code: 3, name: 'agents and users', meaning: 'both may' },
    ],
  },
  SsoIdAttribute: {
    lookupId: 9044,
    members: ['SingleSignOnApplication.id_attribute'],
    codes: [
      { code: 0, name: 'subject', meaning: 'sub, or the NameID' },
      { code: 1, name: 'e-mail address', meaning: 'email' },
      { code: 2, name: 'user name', meaning: 'preferred_username' },
      { code: 3, name: 'user principal name', meaning: 'upn' },
      { code: 4, name: 'object id', meaning: 'oid, of Entra' },
      { code: 5, name: 'another claim', meaning: 'the one that custom_id_attribute names' },
    ],
  },
  SsoUserMatchingField: {
    lookupId: 9046,
    members: ['SingleSignOnApplication.user_matching_field'],
    codes: [
      { code: 0, name: 'e-mail address', meaning: 'within the proven domains alone' },
      { code: 1, name: 'login name', meaning: 'the login of the agent or user' },
      { code: 2, name: 'employee number', meaning: 'the employee number of the agent or user' },
      { code: 3, name: 'nothing', meaning: 'nobody is matched: they link themselves' },
    ],
  },
  SsoAppType: {
    lookupId: 9047,
    members: ['SingleSignOnApplication.app_type'],
    codes: [
      { code: 0, name: 'everyone', meaning: 'its button stands on every sign-in page' },
      { code: 1, name: 'agents', meaning: 'on the page of agents' },
      { code: 2, name: 'users', meaning: 'on the page of users' },
      { code: 3, name: 'nobody', meaning: 'on none: by its own address alone' },
    ],
  },
  SingleSignOnAttemptStatus: {
    lookupId: 9045,
    members: ['SingleSignOnAttempt.status'],
    codes: [
      { code: 0, name: 'signed in', meaning: 'the person got a session' },
      { code: 1, name: 'refused', meaning: 'a check did not hold; result says which' },
      { code: 2, name: 'failed', meaning: 'the hub failed; its log has the details' },
      { code: 3, name: 'tested', meaning: 'a test that went well; nothing was changed' },
      { code: 4, name: 'signed out', meaning: 'a logout that the provider asked for or confirmed' },
      { code: 5, name: 'linked', meaning: 'a person linked the identity to themselves' },
    ],
  },
  LdapMappingType: {
    lookupId: 9050,
    members: ['LDAPString.mapping_type'],
    codes: [
      { code: 0, name: 'container', meaning: 'everybody in the container of that DN' },
      { code: 1, name: 'group', meaning: 'the members of the group of that DN' },
    ],
  },
  LdapAuthentication: {
    lookupId: 9051,
    members: ['LDAPConnection.useadauthentication'],
    codes: [
      { code: 0, name: 'no', meaning: 'the directory’s password opens nothing here' },
      { code: 1, name: 'yes', meaning: 'kept, and without effect: use single sign-on' },
    ],
  },
  LdapImportType: {
    lookupId: 9052,
    members: ['LDAPConnection.halointegrator_importtype'],
    codes: [
      {
        code: 0,
        name: 'changes',
        meaning: 'what changed since the last sync, and now and then all',
      },
      { code: 1, name: 'everything', meaning: 'the whole directory at each sync' },
    ],
  },
  LdapNewUserType: {
    lookupId: 9053,
    members: ['LDAPConnection.new_user_type'],
    codes: [
      { code: 0, name: 'as mapped', meaning: 'a new user has what is mapped' },
      { code: 1, name: 'from a template', meaning: 'and first what new_user_template has' },
    ],
  },
  LdapIntegratorType: {
    lookupId: 9054,
    members: ['LDAPConnection.integrator_type'],
    codes: [
      { code: 0, name: 'the hub', meaning: 'the hub reads the directory itself' },
      {
        code: 1,
        name: 'an integrator',
        meaning: 'read as 0: Halo’s integrator is not needed here',
      },
    ],
  },
} as const satisfies Readonly<Record<string, CodeList>>;

export type CodeListName = keyof typeof haloCodes;

/** The list in one sentence, for descriptions: "PasswordObjectType: 0 custom field, 1 asset field …". */
export function codeSentence(name: CodeListName): string {
  const codes = haloCodes[name].codes.map(({ code, name: word }) => `${code} ${word}`);
  return `${name} (lookup ${haloCodes[name].lookupId}): ${codes.join(', ')}.`;
}

/** Every row of every list, as lookups have them. */
export function codeRows(): readonly (Code & { readonly lookupId: number })[] {
  const lists: readonly CodeList[] = Object.values(haloCodes);
  return lists.flatMap(({ lookupId, codes }) => codes.map((code) => ({ ...code, lookupId })));
}
