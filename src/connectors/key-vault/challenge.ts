// Reads what a vault answers to a request without a token, and believes it only within its own cloud.

import { VaultRefusal } from '#domain/ports/vault.ts';
import type { VaultAddress, VaultCloud } from '#domain/vault.ts';
import { vaultClouds } from '#domain/vault.ts';

export type Challenge = {
  /** Where tokens are had: one of the cloud's own. */
  readonly login: string;
  readonly tenant: string;
  /** What the token is for. */
  readonly resource: string;
  /** What else the token must prove (continuous access evaluation), as JSON. */
  readonly claims: string | null;
};

export type Parameters = Readonly<Record<string, string>>;

const headerMax = 8_192;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const quoted = /^"((?:[^"\\]|\\.)*)"/;

/**
 * The parameters of the first Bearer challenge (RFC 9110 §11.6.1: a header may hold several challenges).
 * Undefined when the header cannot be read or says a thing twice: what is ambiguous is not believed.
 */
export function parseChallenge(header: string): Parameters | undefined {
  if (header.length > headerMax) return undefined;
  const bearers: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  let rest = header;
  for (;;) {
    rest = rest.replace(/^[\s,]+/, '');
    if (rest === '') break;
    const name = token.exec(rest)?.[0];
    if (name === undefined) return undefined;
    const after = rest.slice(name.length);
    const value = /^\s*=(?!=)/.test(after) ? valueIn(after) : undefined;
    if (value === undefined) {
      if (/^\s*=/.test(after) || (after !== '' && !/^[\s,]/.test(after))) return undefined;
      current = new Map();
      if (name.toLowerCase() === 'bearer') bearers.push(current);
      rest = after;
      continue;
    }
    const key = name.toLowerCase();
    if (current === undefined || current.has(key)) return undefined;
    current.set(key, value.text);
    rest = value.rest;
  }
  const [bearer] = bearers;
  return bearer && Object.fromEntries(bearer);
}

function valueIn(after: string): { readonly text: string; readonly rest: string } | undefined {
  const text = after.replace(/^\s*=\s*/, '');
  const inQuotes = quoted.exec(text);
  if (inQuotes !== null) {
    const unescaped = (inQuotes[1] ?? '').replace(/\\(.)/g, '$1');
    return { text: unescaped, rest: text.slice(inQuotes[0].length) };
  }
  const bare = /^[^\s,"]+/.exec(text)?.[0];
  return bare === undefined ? undefined : { text: bare, rest: text.slice(bare.length) };
}

/** Where the vault's cloud hands out tokens, and for what. A lab vault is its own login. */
export function cloudOf({ cloud, lab, url }: VaultAddress): VaultCloud {
  const { resource } = vaultClouds[cloud];
  return lab ? { logins: [new URL(url).origin], resource } : vaultClouds[cloud];
}

/**
 * As Microsoft's own clients do: a token goes only to a vault below the resource it is for, and is only
 * asked of the cloud's own login. A vault that names others would have us carry our credentials there.
 */
export function believed(header: string | undefined, address: VaultAddress): Challenge {
  const { host } = new URL(address.url);
  const parameters = header === undefined ? undefined : parseChallenge(header);
  if (parameters === undefined) {
    throw new VaultRefusal(
      'answer.malformed',
      `${host} does not say where to get a token, as a key vault does; check the address of the vault.`,
      false,
    );
  }
  const { logins, resource } = cloudOf(address);
  const named = resourceIn(parameters);
  const below = address.lab || new URL(address.url).hostname.endsWith(hostBelow(resource));
  if (named !== resource || !below) throw foreign(host, `tokens for ${named ?? 'nothing'}`);
  const asked = parameters.authorization ?? parameters.authorization_uri ?? '';
  const authority = URL.canParse(asked) ? new URL(asked) : undefined;
  const tenant = /^\/([0-9A-Za-z][0-9A-Za-z.-]{0,252})\/?$/.exec(authority?.pathname ?? '')?.[1];
  const plain =
    authority !== undefined &&
    `${authority.username}${authority.password}${authority.search}${authority.hash}` === '';
  if (!plain || !logins.includes(authority.origin) || tenant === undefined) {
    throw foreign(host, `tokens from ${authority?.host ?? 'nowhere'}`);
  }
  return { login: authority.origin, tenant, resource, claims: claimsIn(parameters) };
}

function foreign(host: string, what: string): VaultRefusal {
  return new VaultRefusal(
    'vault.foreign',
    `${host} asks for ${what}, which is not of its cloud, so it got none; check the address and the cloud of the vault.`,
    false,
  );
}

function hostBelow(resource: string): string {
  return `.${new URL(resource).hostname}`;
}

function resourceIn({ resource, scope }: Parameters): string | undefined {
  const named = resource ?? scope?.replace(/\/\.default$/, '');
  return named?.replace(/\/$/, '');
}

function claimsIn({ error, claims }: Parameters): string | null {
  if (error !== 'insufficient_claims' || claims === undefined) return null;
  const text = Buffer.from(claims, 'base64').toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return null;
  }
}
