// A connection: how one outside system is reached, whose it is, and what may be said of it.
import {
  type ConnectionKind,
  endpointsOf,
  type HostAndPort,
  type ProbeStage,
  Reached,
} from '#domain/connection.ts';
import { refuse } from '#domain/problem.ts';
import type { SecretReference } from '#domain/vault.ts';
import { canonicalHost } from '#lib/addresses.ts';
import type { Allowance } from '#lib/connect-guard.ts';

export type Confirmation = HostAndPort & { readonly by: string; readonly at: Date };

export type Health = {
  readonly state: 'unknown' | 'healthy' | 'broken';
  readonly stage: ProbeStage | null;
  readonly code: string | null;
  readonly sentence: string | null;
  readonly checkedAt: Date | null;
};

export type Connection = {
  readonly id: string;
  readonly name: string;
  /** The client it belongs to; null serves every client. */
  readonly clientId: number | null;
  readonly lab: boolean;
  readonly reached: Reached;
  readonly hasSecret: boolean;
  /** Where the secret is kept, when that is a key vault. */
  readonly keptAt: SecretReference | null;
  readonly version: number;
  readonly confirmations: readonly Confirmation[];
  readonly health: Health;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Which settings decide where a secret goes, and over what. A change of one clears it (RULES: Connections). */
const reachNames = [
  ...['address', 'tokenAddress', 'url', 'host', 'port', 'others', 'security', 'ca'],
  // A key must not be sent as a password, and a search be followed only where its owner said so.
  ...['authentication', 'referrals', 'referralHosts'],
];

/** Settings for a kind, or a refusal that names what does not fit. Unknown names have no place. */
export function parseSettings(kind: ConnectionKind, settings: unknown): Reached {
  const parsed = Reached.safeParse({ kind, settings });
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
  refuse('request.invalid', { reason });
}

/** Plain HTTP never carries a secret; the lab on loopback is the one exception. */
export function checkEncrypted(reached: Reached, lab: boolean): void {
  if (lab) return;
  const addresses =
    reached.kind === 'halo'
      ? [reached.settings.address, reached.settings.tokenAddress]
      : reached.kind === 'webhook'
        ? [reached.settings.url]
        : [];
  const plain = addresses.find((address) => address?.startsWith('http:'));
  if (plain != null) refuse('connection.plain-http', { address: plain });
}

export function reachChanged(before: Reached, after: Reached): boolean {
  return changedNames(before, after).some((name) => reachNames.includes(name));
}

/** The names of the settings that differ, sorted. */
export function changedNames(before: Reached, after: Reached): string[] {
  const old = valuesOf(before);
  const young = valuesOf(after);
  const names = new Set([...Object.keys(old), ...Object.keys(young)]);
  return [...names].filter((name) => old[name] !== young[name]).toSorted();
}

/** Settings as texts, for comparing and for the audit. */
export function valuesOf({ settings }: Reached): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value === null ? null : asText(value)]),
  );
}

/** Of a list its parts: hosts with their ports. */
function asText(value: string | number | readonly HostAndPort[]): string {
  return typeof value === 'object'
    ? value.map(({ host, port }) => `${host}:${port}`).join(', ')
    : String(value);
}

/** Whether this connection can do nothing without its secret. */
export function needsSecret(reached: Reached): boolean {
  return reached.kind !== 'mail' || reached.settings.user !== null;
}

export function isConfirmed(
  confirmations: readonly HostAndPort[],
  { host, port }: HostAndPort,
): boolean {
  const asked = canonicalHost(host);
  return confirmations.some((one) => one.port === port && canonicalHost(one.host) === asked);
}

/** What the connection may reach. `labAllowed` is false in every database that is not a lab's. */
export function allowanceOf(
  { lab, confirmations }: Pick<Connection, 'lab' | 'confirmations'>,
  rules: { readonly networks: readonly string[]; readonly labAllowed: boolean },
): Allowance {
  return { lab: lab && rules.labAllowed, confirmed: confirmations, networks: rules.networks };
}

/** What an administrator chose that others should know of. */
export function warningsOf({ reached }: Pick<Connection, 'reached'>): string[] {
  if (reached.kind === 'ldap' && reached.settings.security === 'plain') {
    return [
      'The directory is reached without encryption: the password travels readably, and no password can be set. Choose LDAPS or StartTLS.',
    ];
  }
  if (reached.kind === 'mail' && reached.settings.security === 'plain') {
    return [
      'Mail leaves without encryption: anyone on the way can read it, and the password too. Choose TLS or StartTLS.',
    ];
  }
  return [];
}

/** Host, with its port unless it is the usual one. */
export function placeOf(reached: Reached): string {
  const [first] = endpointsOf(reached);
  if (first === undefined) return '';
  return [443, 80].includes(first.port) || first.port === usualPorts[reached.kind]
    ? first.host
    : `${first.host}:${first.port}`;
}

const usualPorts: Readonly<Record<ConnectionKind, number>> = {
  halo: 443,
  ldap: 636,
  mail: 587,
  webhook: 443,
};
