// How an LDAPConnection says where the directory is and who signs in there, both ways.
import type { LdapSettings } from '#domain/connection.ts';
import { refuse } from '#domain/problem.ts';
import { parseDn } from '#lib/dn.ts';
import type { HaloLdapConnection } from './halo-model.ts';
import type { HaloKept } from './model.ts';

/** Halo's one known word, and two of our own; other programs' words for other ways in are refused by name. */
const authenticationTypes = ['Basic', 'Plain', 'Certificate'] as const;
type AuthenticationType = (typeof authenticationTypes)[number];

type Given = Pick<
  HaloLdapConnection,
  'hostname' | 'port' | 'use_ssl' | 'authentication_type' | 'username' | 'domainname' | 'basedn'
>;
type Security = LdapSettings['security'];

/** What is there: the connection's settings and, where it has a sync, what that keeps of Halo's words. */
type Before = { readonly settings: LdapSettings; readonly kept: HaloKept | undefined };

export function authenticationOf({ security, authentication }: LdapSettings): AuthenticationType {
  if (authentication === 'certificate') return 'Certificate';
  return security === 'plain' ? 'Plain' : 'Basic';
}

/** Every host in the order in which they are asked; a port of its own is told beside its name. */
export function hostnameOf({ host, port, others }: LdapSettings): string {
  const more = others.map((one) =>
    one.port === port ? one.host : `${withBrackets(one.host)}:${one.port}`,
  );
  return [host, ...more].join(',');
}

function withBrackets(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

/** The usual port is told as none, so that it goes along when the encryption is another. */
export function portOf({ port, security }: LdapSettings): string {
  return port === usualPort(security) ? '' : String(port);
}

/** The name as it was entered, as long as the connection signs in with just that. */
export function usernameOf({ bindDn }: LdapSettings, kept: HaloKept): string {
  return kept.username !== '' && bindName(kept.username, kept.domainName) === bindDn
    ? kept.username
    : bindDn;
}

/** The settings of the connection that were given; those left out are not in it. */
export function reachFromHalo(
  given: Given,
  before: Before | undefined,
): Readonly<Record<string, unknown>> {
  const security = securityOf(given, before?.settings.security);
  const port = portFrom(given.port, security, before?.settings);
  const type = typeFrom(given.authentication_type);
  return {
    ...hostsFrom(given.hostname, port, before?.settings),
    security,
    port,
    ...(type === undefined
      ? {}
      : { authentication: type === 'Certificate' ? 'certificate' : 'simple' }),
    ...(given.basedn === undefined ? {} : { baseDn: baseOf(given.basedn) }),
    ...signsInAs(given, before),
  };
}

function securityOf(given: Given, before: Security | undefined): Security {
  const type = typeFrom(given.authentication_type);
  const ssl = given.use_ssl ?? undefined;
  if (type === 'Plain' && ssl === true) {
    misfit('authentication_type Plain is without encryption, and use_ssl asks for it');
  }
  if (type === 'Plain') return 'plain';
  // Plain is said in words each time it begins; whoever asks for encryption leaves it.
  if (type === undefined && ssl !== true && before === 'plain') return 'plain';
  return (ssl ?? before === 'ldaps') ? 'ldaps' : 'starttls';
}

function typeFrom(text: string | null | undefined): AuthenticationType | undefined {
  const word = (text ?? '').trim();
  if (word === '') return undefined;
  const found = authenticationTypes.find((one) => one.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  misfit(`authentication_type "${word}" is not known here; choose Basic, Certificate or Plain`);
}

function portFrom(
  text: string | null | undefined,
  security: Security,
  before: LdapSettings | undefined,
): number {
  if (text === undefined && before !== undefined && portOf(before) !== '') return before.port;
  const word = (text ?? '').trim();
  if (word === '') return usualPort(security);
  const port = /^\d{1,5}$/.test(word) ? Number(word) : 0;
  return port >= 1 && port <= 65_535 ? port : misfit(`port "${word}" is none from 1 to 65535`);
}

function usualPort(security: Security): number {
  return security === 'ldaps' ? 636 : 389;
}

const host = /^(\[[\da-f:.]+\]|[a-z\d._-]{1,253}|[\da-f:.]{2,45})$/i;

const othersMax = 8;

/** Hosts without a port of their own go along with the connection's. */
function hostsFrom(
  text: string | null | undefined,
  port: number,
  before: LdapSettings | undefined,
) {
  const words = (text ?? (before && hostnameOf(before)) ?? '').split(/[\s,;]+/);
  const [first, ...others] = words.filter((word) => word !== '').map((word) => hostOf(word, port));
  if (first === undefined) misfit('hostname is empty');
  if (first.own) misfit('the port of the first host stands in port');
  if (others.length > othersMax) misfit(`hostname names more than ${othersMax + 1} hosts`);
  return { host: first.host, others: others.map((one) => ({ host: one.host, port: one.port })) };
}

function hostOf(word: string, usual: number) {
  const [, name = word, digits] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(word) ?? [];
  const port = digits === undefined ? usual : Number(digits);
  if (!host.test(name) || port < 1 || port > 65_535) {
    misfit(`hostname "${word.slice(0, 100)}" is no name of a host`);
  }
  return { host: name.replace(/^\[|\]$/g, ''), port, own: digits !== undefined };
}

function baseOf(text: string | null): string | null {
  const dn = (text ?? '').trim();
  if (dn === '') return null;
  return parseDn(dn) === undefined ? misfit(`basedn "${dn}" is no distinguished name`) : dn;
}

/** A domain that is null is none, as it is kept; a name that is null stays. */
function signsInAs(given: Given, before: Before | undefined) {
  if (given.username == null && given.domainname === undefined) return {};
  const kept = before?.kept;
  const username = given.username ?? (before && kept && usernameOf(before.settings, kept)) ?? '';
  if (username.trim() === '') return {};
  const domain = given.domainname === undefined ? kept?.domainName : given.domainname;
  return { bindDn: bindName(username, domain ?? '') };
}

/** What the directory is told at the bind: a DN, name@domain or DOMAIN\name. */
export function bindName(username: string, domain: string): string {
  const name = username.trim();
  if (name.includes('=')) {
    return parseDn(name) === undefined
      ? misfit(`username "${name}" is no distinguished name`)
      : name;
  }
  const within = domain.trim();
  if (/[@\\]/.test(name) || within === '') return name;
  return within.includes('.') ? `${name}@${within}` : `${within}\\${name}`;
}

function misfit(reason: string): never {
  refuse('directory-sync.misfit', { reason });
}
