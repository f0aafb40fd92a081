// Where a provider describes itself, and the issuer it must then name.
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';

export type Place = {
  readonly document: URL;
  /** Whether this is the issuer that was configured, byte for byte. */
  readonly isIssuer: (issuer: string) => boolean;
  /** For people: what it should be. */
  readonly wanted: string;
};

const wellKnown = '/.well-known/openid-configuration';

/** Entra's sign-in hosts: the world's, the United States government's, China's (microsoft-cloud.md 2.4). */
const entraHosts = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
];

const usual: Partial<Record<OidcClient['preset'], string>> = {
  google: 'https://accounts.google.com',
  'entra-multi': 'https://login.microsoftonline.com/organizations/v2.0',
};

export const tenantWord = '{tenantid}';

export function placeOf(client: OidcClient, trace: Trace): Place {
  const text = client.url?.trim() || usual[client.preset];
  if (text === undefined)
    trace.refuse('oidc.settings', 'The application has no address (oidc_url).');
  const url = readUrl(text, client, trace);
  const ofEntra = client.preset === 'entra' || client.preset === 'entra-multi';
  if (ofEntra && !client.lab && !entraHosts.includes(url.hostname)) {
    trace.refuse(
      'oidc.settings',
      `${url.hostname} is none of Entra’s sign-in hosts; choose the type generic for another provider.`,
    );
  }
  if (client.preset === 'entra-multi') return placeOfTenants(url, trace);
  if (text.endsWith(wellKnown)) return placeOfDocument(text);
  return placeOfIssuer(client.preset === 'entra' ? versioned(text) : text);
}

function readUrl(text: string, { lab }: OidcClient, trace: Trace): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'https:' || (lab && url?.protocol === 'http:');
  const plain =
    url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url === undefined || !secure || !plain) {
    trace.refuse(
      'oidc.settings',
      'The address (oidc_url) is no https address without query and password.',
    );
  }
  return url;
}

function placeOfIssuer(issuer: string): Place {
  return {
    document: new URL(`${issuer.replace(/\/$/, '')}${wellKnown}`),
    isIssuer: (named) => named === issuer,
    wanted: issuer,
  };
}

/** OpenID Connect Discovery 1.0 §4.1: a closing slash of the issuer is left out before the path. */
function placeOfDocument(document: string): Place {
  const issuer = document.slice(0, -wellKnown.length);
  return {
    document: new URL(document),
    isIssuer: (named) => named === issuer || named === `${issuer}/`,
    wanted: issuer,
  };
}

/** "https://login.microsoftonline.com/GUID" is what Entra calls an authority; its issuer ends in /v2.0. */
function versioned(authority: string): string {
  return /\/[0-9a-f-]{36}\/?$/i.test(authority)
    ? `${authority.replace(/\/$/, '')}/v2.0`
    : authority;
}

/** For any tenant Entra names a template, which the tenant of a verified token fills in. */
function placeOfTenants(url: URL, trace: Trace): Place {
  const path = decodeURIComponent(url.pathname).replace(wellKnown, '').replace(/\/$/, '');
  if (!/^\/(common|organizations|consumers|\{tenantid\})(\/v2\.0)?$/.test(path)) {
    trace.refuse(
      'oidc.settings',
      `An application for many tenants is at ${url.origin}/organizations/v2.0; for one tenant choose Entra, single tenant.`,
    );
  }
  const at = path.includes(tenantWord) ? 'organizations' : (path.split('/')[1] ?? '');
  const issuer = `${url.origin}/${tenantWord}/v2.0`;
  return {
    document: new URL(`${url.origin}/${at}/v2.0${wellKnown}`),
    isIssuer: (named) => named === issuer,
    wanted: issuer,
  };
}
