// What is checked before an OpenID Connect provider's word about somebody counts, check by check.
import type { CheckRow } from './trace.ts';

const provider = 'Ask whoever runs the provider; what it sends breaks OpenID Connect Core.';
const again =
  'Let the person begin anew from the sign-in page; a bookmark of the provider will not do.';
const stranger =
  'Nobody but the provider can mend it. If it comes again, somebody may be trying to get in: look at the attempts.';

/** The provider as it describes itself (OpenID Connect Discovery 1.0, RFC 8414). */
const describing = {
  'oidc.settings': {
    asks: 'The application has all it needs: an address, a client ID and what proves it is us',
    mend: 'Fill in what is missing on the page of the application.',
  },
  'oidc.discovery': {
    asks: 'The discovery document of the provider can be read',
    mend: 'Check the address (oidc_url): the issuer, or its document /.well-known/openid-configuration. It must answer JSON within seconds, without a redirect.',
  },
  'oidc.discovery-issuer': {
    asks: 'The document names the issuer that was configured, byte for byte',
    mend: 'Enter the issuer exactly as the document has it, with the same letter case and closing slash. For Entra take the tenant’s GUID, not its name.',
  },
  'oidc.metadata': {
    asks: 'The document names the addresses that sign-on needs, over HTTPS',
    mend: provider,
  },
  'oidc.pkce': {
    asks: 'The provider takes PKCE with S256, or does not say',
    mend: 'Allow S256 at the provider; the hub never signs anybody on without it (RFC 9700).',
  },
  'oidc.pushed-request': {
    asks: 'The provider takes the pushed request (RFC 9126)',
    mend: 'The provider’s own words are beside it; most often the redirect URI, a scope or the client’s secret is wrong.',
  },
} as const satisfies Record<string, CheckRow>;

/** What the browser brings back (RFC 6749 §4.1.2, RFC 9207). */
const answering = {
  'oidc.response': {
    asks: 'The answer came as asked for: in the address, each part once, with a code',
    mend: 'Register the client for the authorization code flow with response mode query.',
  },
  'oidc.state': {
    asks: 'The answer belongs to a sign-on under way, which is used once and for ten minutes',
    mend: again,
  },
  'oidc.browser': {
    asks: 'The browser that brings the answer is the one that began',
    mend: 'Let the person begin and end in one browser, with cookies allowed.',
  },
  'oidc.response-issuer': {
    asks: 'The answer comes from the provider that was asked (iss, RFC 9207)',
    mend: stranger,
  },
  'oidc.provider-error': {
    asks: 'The provider signed the person in',
    mend: 'The provider’s own words are beside it. access_denied: the person, or a rule there, said no. login_required or interaction_required: prompt=none cannot sign them in silently.',
  },
  'oidc.token-answer': {
    asks: 'The provider gives tokens for the code',
    mend: 'The provider’s own words are beside it. invalid_client: the client secret is wrong, or over. invalid_grant: the redirect URI differs, or the code was used.',
  },
  'oidc.token-type': { asks: 'The tokens are bearer tokens with an ID token', mend: provider },
} as const satisfies Record<string, CheckRow>;

/** The ID token (OpenID Connect Core 1.0 §3.1.3.7, RFC 8725); the first rows hold for logout tokens too. */
const vouching = {
  'oidc.token-format': {
    asks: 'The token is a signed JWT of a size one can expect, without extensions unknown here',
    mend: 'Register the client for signed ID tokens without encryption.',
  },
  'oidc.algorithm': {
    asks: 'It is signed with RS, PS or ES 256, 384 or 512, or EdDSA, as the provider announced',
    mend: 'Let the provider sign with RS256 or better; never none, and never HS with the client secret.',
  },
  'oidc.type': { asks: 'It is of the kind it should be', mend: provider },
  'oidc.jwks': {
    asks: 'The provider’s keys can be read',
    mend: 'Check that the hub reaches the provider’s jwks_uri and that it answers JSON.',
  },
  'oidc.key': {
    asks: 'One key of the provider’s is named by the token, or is the only one that fits',
    mend: stranger,
  },
  'oidc.signature': { asks: 'The signature is that key’s', mend: stranger },
  'oidc.issuer': {
    asks: 'The issuer is the provider’s, byte for byte',
    mend: stranger,
  },
  'oidc.audience': {
    asks: 'It is for this client and no other',
    mend: 'Check the client ID; a token for another application never counts here.',
  },
  'oidc.authorized-party': { asks: 'It was given to this client', mend: provider },
  'oidc.expires': {
    asks: 'It has not expired',
    mend: 'Compare the clocks of the hub and the provider; a minute’s difference is allowed.',
  },
  'oidc.not-before': {
    asks: 'It is valid already',
    mend: 'Compare the clocks of the hub and the provider; a minute’s difference is allowed.',
  },
  'oidc.issued-at': {
    asks: 'It was made just now',
    mend: 'Compare the clocks of the hub and the provider; a minute’s difference is allowed.',
  },
  'oidc.nonce': { asks: 'It answers this very request (nonce)', mend: stranger },
  'oidc.access-token-hash': {
    asks: 'It belongs to the access token beside it (at_hash)',
    mend: stranger,
  },
  'oidc.code-hash': { asks: 'It belongs to the code it was fetched with (c_hash)', mend: stranger },
  'oidc.subject': { asks: 'It says who, in 1 to 255 characters', mend: provider },
  'oidc.authentication-time': {
    asks: 'The person proved themselves at the provider recently enough',
    mend: 'Let them sign in at the provider anew, or raise the age allowed (maxAgeSeconds).',
  },
  'oidc.authentication-class': {
    asks: 'They proved themselves as strongly as asked (acr)',
    mend: 'Ask for the second factor at the provider, or take the class off requiredAcr.',
  },
  'oidc.entra-identity': {
    asks: 'Entra names the person and their tenant by GUID (oid, tid)',
    mend: 'Let the scope hold profile: without it Entra leaves oid out.',
  },
  'oidc.tenant-issuer': {
    asks: 'The issuer is the one of the tenant that the token names',
    mend: stranger,
  },
  'oidc.tenant': {
    asks: 'The tenant is one of those allowed',
    mend: 'Add the tenant’s GUID to allowed_tenants, if its people shall sign on; an empty list lets nobody in.',
  },
  'oidc.hosted-domain': {
    asks: 'The Google account belongs to the domain asked for (hd)',
    mend: 'Let the person choose their work account, or change domain_hint.',
  },
  'oidc.library': {
    asks: 'openid-client, the certified library, finds nothing wrong either',
    mend: provider,
  },
  'oidc.userinfo': {
    asks: 'What the ID token lacks can be asked of the provider',
    mend: 'Let the provider put the claim into the ID token, or check its userinfo endpoint.',
  },
  'oidc.userinfo-subject': { asks: 'The userinfo is about the same person', mend: stranger },
} as const satisfies Record<string, CheckRow>;

/** Logout that the provider begins (Front-Channel and Back-Channel Logout 1.0). */
const leaving = {
  'oidc.logout-event': { asks: 'The token asks for a logout (events)', mend: provider },
  'oidc.logout-nonce': { asks: 'A logout token has no nonce', mend: provider },
  'oidc.logout-subject': { asks: 'It says whose session, or which', mend: provider },
  'oidc.logout-times': {
    asks: 'It was made within the last two minutes and ends within two',
    mend: 'Compare the clocks of the hub and the provider.',
  },
  'oidc.logout-once': { asks: 'It was not used before (jti)', mend: stranger },
  'oidc.logout-parameters': {
    asks: 'A front-channel logout names the issuer and the session',
    mend: 'Ask the provider to send iss and sid (frontchannel_logout_session_required).',
  },
} as const satisfies Record<string, CheckRow>;

export const oidcChecks = { ...describing, ...answering, ...vouching, ...leaving } as const;

export type OidcCheck = keyof typeof oidcChecks;
