// What providers call the same thing: standard claims of OIDC, attributes of SAML by their usual names.
import { own } from '#lib/own.ts';
import type { Claims, SsoProtocol } from './identity.ts';

const ws = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
const microsoft = 'http://schemas.microsoft.com/identity/claims/';

export type Thing =
  | 'email'
  | 'preferred-username'
  | 'upn'
  | 'oid'
  | 'name'
  | 'given-name'
  | 'family-name'
  | 'title'
  | 'department'
  | 'phone'
  | 'mobile';

type Names = Readonly<Record<SsoProtocol, readonly string[]>>;

/** OpenID Connect Core §5.1 and Entra's optional claims; OASIS and Microsoft's URIs, X.500 as RFC 4519 numbers it. */
export const claimNames: Readonly<Record<Thing, Names>> = {
  email: {
    oidc: ['email'],
    saml: [
      `${ws}emailaddress`,
      'urn:oid:0.9.2342.19200300.100.1.3',
      'mail',
      'email',
      'emailaddress',
    ],
  },
  'preferred-username': {
    oidc: ['preferred_username'],
    saml: [`${ws}name`, 'urn:oid:0.9.2342.19200300.100.1.1', 'uid', 'username'],
  },
  upn: {
    oidc: ['upn'],
    saml: [`${ws}upn`, 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6', 'upn', 'userPrincipalName'],
  },
  oid: { oidc: ['oid'], saml: [`${microsoft}objectidentifier`] },
  name: {
    oidc: ['name'],
    saml: [`${microsoft}displayname`, 'urn:oid:2.16.840.1.113730.3.1.241', 'displayName'],
  },
  'given-name': {
    oidc: ['given_name'],
    saml: [`${ws}givenname`, 'urn:oid:2.5.4.42', 'givenName', 'firstName'],
  },
  'family-name': {
    oidc: ['family_name'],
    saml: [`${ws}surname`, 'urn:oid:2.5.4.4', 'sn', 'surname', 'lastName'],
  },
  title: { oidc: ['title', 'job_title'], saml: ['urn:oid:2.5.4.12', 'title', 'jobtitle'] },
  department: { oidc: ['department'], saml: ['department', 'urn:oid:2.5.4.11'] },
  phone: {
    oidc: ['phone_number'],
    saml: ['urn:oid:2.5.4.20', `${ws}otherphone`, 'telephoneNumber', 'phone'],
  },
  mobile: {
    oidc: ['mobile_phone'],
    saml: ['urn:oid:0.9.2342.19200300.100.1.41', `${ws}mobilephone`, 'mobile'],
  },
};

/** Every different value under any of these names: more than one is for the caller to refuse or to pass over. */
export function valuesOf(claims: Claims, names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => own(claims, name) ?? []))];
}
