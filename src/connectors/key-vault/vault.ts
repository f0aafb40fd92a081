// Opens a vault over Azure Key Vault's REST interface, to be read, and tries one without changing anything.
import { z } from 'zod';
import { type Vault, type VaultItem, VaultRefusal, type VaultSecret } from '#domain/ports/vault.ts';
import {
  secretNamePattern,
  type VaultAddress,
  type VaultIdentity,
  type VaultProbe,
  type VaultStage,
} from '#domain/vault.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import type { Allowance, Network } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { guardedAgent } from '#lib/guarded-agent.ts';
import { Secret } from '#lib/secret.ts';
import { systemWait, type Wait } from '#lib/wait.ts';
import type { Line } from './call.ts';
import { type VaultLimits, vaultLimits } from './limits.ts';
import { type AppService, identityDesk } from './managed-identity.ts';
import { openSession, type Session } from './session.ts';
import { keepTokens } from './tokens.ts';

export type VaultOptions = {
  readonly appService?: AppService | undefined;
  readonly limits?: Partial<VaultLimits>;
  readonly clock?: Clock;
  readonly wait?: Wait;
  readonly random?: () => number;
  /** A test stands in for it, so that nothing but loopback is dialled. */
  readonly network?: Network;
};

export type VaultOpening = {
  readonly address: VaultAddress;
  readonly identity: VaultIdentity;
  readonly allowance: Allowance;
};

export function openVault(opening: VaultOpening, options: VaultOptions = {}): Vault {
  const clock = options.clock ?? systemClock;
  const { session, close } = opened(opening, clock, options);
  return {
    getSecret: (name, version, signal) => getSecret(session, { name, version, signal }, clock),
    listSecrets: (cursor, signal) => listSecrets(session, opening.address, cursor, signal),
    [Symbol.asyncDispose]: close,
  };
}

/** Tries address, TLS, token, permission and the list, in that order, and names where it stopped. */
export async function probeVault(
  opening: VaultOpening,
  signal?: AbortSignal,
  options: VaultOptions = {},
): Promise<VaultProbe> {
  const limits = { attemptsMax: 2, waitMaxMs: 5_000, ...options.limits };
  const { host } = new URL(opening.address.url);
  try {
    await using vault = openVault(opening, { ...options, limits });
    try {
      const { items, next } = await vault.listSecrets(null, signal);
      const count = `${items.length}${next === null ? '' : ' and more'}`;
      const what = items.length === 1 && next === null ? 'its one secret' : `its ${count} secrets`;
      return { ok: true, sentence: `${host} answers, and ${what} can be read.`, warning: null };
    } catch (error) {
      if (!(error instanceof VaultRefusal) || error.code !== 'permission.missing') throw error;
      return await readsOnly(vault, host, error, signal);
    }
  } catch (error) {
    if (!(error instanceof VaultRefusal)) throw error;
    return { ok: false, ...whereOf(error), sentence: error.message };
  }
}

/** Some grant "get" alone. Then the answer to a name that nobody has tells whether that much is allowed. */
async function readsOnly(
  vault: Vault,
  host: string,
  refusal: VaultRefusal,
  signal: AbortSignal | undefined,
): Promise<VaultProbe> {
  const answer = await vault.getSecret('sundog-asks-for-nothing', null, signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (answer instanceof VaultRefusal && answer.code !== 'secret.unknown') {
    throw answer.code === 'permission.missing' ? refusal : answer;
  }
  return {
    ok: true,
    sentence: `${host} answers, and its secrets can be read one by one.`,
    warning: 'The hub may read secrets but not list them; their names must be typed.',
  };
}

function whereOf({ code, detail }: VaultRefusal): { stage: VaultStage; code: string } {
  const atVault = code === 'vault.unreachable' || code === 'address.refused';
  if (atVault && detail instanceof ConnectRefusal) {
    return { stage: detail.stage, code: detail.code };
  }
  return { stage: stages[code] ?? 'list', code };
}

const stages: Partial<Readonly<Record<VaultRefusal['code'], VaultStage>>> = {
  'address.refused': 'address',
  'vault.unreachable': 'connect',
  'vault.foreign': 'token',
  'identity.absent': 'token',
  'token.refused': 'token',
  'token.unreachable': 'token',
  'permission.missing': 'permission',
  'network.refused': 'permission',
};

function opened(
  { address, identity, allowance }: VaultOpening,
  clock: Clock,
  options: VaultOptions,
) {
  const limits = { ...vaultLimits, ...options.limits };
  const ends: (() => Promise<void>)[] = [];
  const lineTo = (where: Allowance, connectMs: number, ca: string | null): Line => {
    const dispatcher = guardedAgent(where, {
      limits: { connectMs, answerBytesMax: limits.answerBytesMax },
      ...(ca === null ? {} : { ca }),
      ...(options.network === undefined ? {} : { network: options.network }),
    });
    ends.push(() => dispatcher.destroy());
    const { wait = systemWait, random = Math.random } = options;
    return { dispatcher, limits, clock, wait, random };
  };
  const line = lineTo(allowance, limits.callMs / 2, address.ca);
  const lab = address.lab ? { origin: new URL(address.url), allowance } : undefined;
  const machineLine = () => {
    if ('proof' in identity) return undefined;
    const desk = identityDesk(identity, options.appService, lab);
    // An authority for the vault says nothing of who this machine is; in the lab they are one.
    return {
      desk,
      line: lineTo(desk.allowance, limits.identityConnectMs, lab ? address.ca : null),
    };
  };
  const session = openSession(address, keepTokens(identity, line, machineLine()), line);
  const close = async () => void (await Promise.all(ends.map((end) => end())));
  return { session, close };
}

const Attributes = z.object({
  enabled: z.boolean().default(true),
  nbf: z.int().nullish(),
  exp: z.int().nullish(),
});
const SecretAnswer = z.object({
  id: z.string(),
  value: z.string(),
  attributes: Attributes.default({ enabled: true }),
});
const ListAnswer = z.object({
  value: z.array(z.object({ id: z.string(), attributes: Attributes.default({ enabled: true }) })),
  nextLink: z.string().nullish(),
});

type Wanted = {
  readonly name: string;
  readonly version?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
};

async function getSecret(
  session: Session,
  { name, version, signal }: Wanted,
  clock: Clock,
): Promise<VaultSecret> {
  const path = `secrets/${encodeURIComponent(name)}${version ? `/${version}` : ''}`;
  const answer = SecretAnswer.safeParse(await session.get(path, {}, { secret: name, signal }));
  const named = answer.success ? partsOf(answer.data.id) : undefined;
  if (!answer.success || named?.name.toLowerCase() !== name.toLowerCase()) throw malformed(name);
  const { value, attributes } = answer.data;
  checkTimes(name, attributes, clock().getTime());
  const expiresAt = attributes.exp == null ? null : new Date(attributes.exp * 1000);
  return { value: new Secret(value), version: named.version ?? '', expiresAt };
}

/** Azure hands these out all the same; whoever set the dates meant them. */
function checkTimes(name: string, { nbf, exp }: z.output<typeof Attributes>, now: number): void {
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
  if (exp != null && exp * 1000 <= now) {
    const sentence = `The secret "${name}" expired in the vault on ${day(exp)}; make a new version of it there.`;
    throw new VaultRefusal('secret.expired', sentence, false);
  }
  if (nbf != null && nbf * 1000 > now) {
    const sentence = `The secret "${name}" is not to be used before ${day(nbf)}, as the vault has it; change that date there, or name another version.`;
    throw new VaultRefusal('secret.early', sentence, false);
  }
}

async function listSecrets(
  session: Session,
  address: VaultAddress,
  cursor: string | null | undefined,
  signal: AbortSignal | undefined,
) {
  const query: Record<string, string> = { maxresults: String(vaultLimits.pageSize) };
  if (cursor != null) query.$skiptoken = cursor;
  const answer = ListAnswer.safeParse(await session.get('secrets', query, { signal }));
  if (!answer.success) throw malformed('the list');
  const items = answer.data.value.flatMap(({ id, attributes }): VaultItem[] => {
    const name = partsOf(id)?.name;
    if (name === undefined) return [];
    const expiresAt = attributes.exp == null ? null : new Date(attributes.exp * 1000);
    return [{ name, enabled: attributes.enabled, expiresAt }];
  });
  return { items, next: cursorIn(answer.data.nextLink, address) };
}

/** Only the place in the list is taken from the link: a token is never carried to where a link leads. */
function cursorIn(link: string | null | undefined, { url }: VaultAddress): string | null {
  if (link == null || link === '' || !URL.canParse(link)) return null;
  const next = new URL(link);
  return next.origin === new URL(url).origin ? next.searchParams.get('$skiptoken') : null;
}

/** https://NAME.vault.azure.net/secrets/NAME/VERSION */
function partsOf(id: string): { readonly name: string; readonly version?: string } | undefined {
  const [, name = '', version] = /\/secrets\/([^/]+)(?:\/([0-9a-f]{32}))?\/?$/i.exec(id) ?? [];
  if (!secretNamePattern.test(name)) return undefined;
  return version === undefined ? { name } : { name, version };
}

function malformed(what: string): VaultRefusal {
  return new VaultRefusal(
    'answer.malformed',
    `The vault’s answer about ${what} cannot be read as Key Vault’s; check the address of the vault.`,
    false,
  );
}
