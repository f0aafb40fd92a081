// What one can do with key vaults, each with its entry in the audit trail.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Vault } from '#domain/ports/vault.ts';
import { refuse } from '#domain/problem.ts';
import type { VaultAddress, VaultIdentity, VaultProbe } from '#domain/vault.ts';
import type { Clock } from '#lib/clock.ts';
import { type Allowance, type Network, permittedAddresses } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkClient } from '#store/known-client.ts';
import { nameTaken } from '#store/owned.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';
import { differences, type GivenSecrets, vaultEntry } from './differences.ts';
import {
  allowanceOf,
  hostOf,
  type KeyVault,
  keeps,
  parseSettings,
  reachChanged,
  unknownHealth,
  type VaultSettings,
} from './model.ts';
import {
  getOwnVault,
  insertVault,
  lockVault,
  nextVaultId,
  type Sealed,
  sealedOf,
  updateVault,
} from './queries.ts';

export type Opening = {
  readonly address: VaultAddress;
  readonly identity: VaultIdentity;
  readonly allowance: Allowance;
};

/** What is kept in a vault: of which connection, under which name. */
export type Kept = {
  readonly id: string;
  readonly name: string;
  readonly clientId: number | null;
  readonly secret: string;
  readonly version: string | null;
};

export type VaultPorts = {
  readonly db: Db;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly rules: { readonly networks: readonly string[]; readonly labAllowed: boolean };
  /** The connections whose secrets are kept in the vault, by name. */
  readonly keptIn: (db: Db | Tx, vaultId: number) => Promise<readonly Kept[]>;
  /** Why this certificate and key cannot serve; undefined when they can. */
  readonly certificateProblem: (pem: Secret) => string | undefined;
  /** `version` tells one that was changed meanwhile; tokens are shared by all who open the same. */
  readonly openVault: (id: number, version: number, opening: Opening) => Vault;
  readonly probeVault: (opening: Opening, signal: AbortSignal) => Promise<VaultProbe>;
  readonly network?: Network;
};

export type NewVault = GivenSecrets & {
  readonly name: string;
  readonly clientId: number | null;
  readonly lab: boolean;
  readonly settings: unknown;
};

export async function createVault(
  ports: VaultPorts,
  actor: Actor,
  asked: NewVault,
): Promise<KeyVault> {
  return inTransaction(ports.db, (tx) => createVaultIn(tx, ports, actor, asked));
}

export async function createVaultIn(
  tx: Tx,
  ports: VaultPorts,
  actor: Actor,
  asked: NewVault,
): Promise<KeyVault> {
  refuseImpersonated(actor);
  if (asked.lab && !ports.rules.labAllowed) refuse('vault.lab-refused');
  const settings = parseSettings(asked.settings, asked.lab);
  const now = ports.clock();
  const id = await nextVaultId(tx);
  const none: Sealed = { clientSecret: null, certificate: null };
  const sealed = sealedNow(ports, { id, settings }, none, asked);
  const vault: KeyVault = {
    id,
    name: asked.name,
    clientId: actor.clientId ?? asked.clientId,
    lab: asked.lab,
    settings,
    hasClientSecret: sealed.clientSecret !== null,
    hasCertificate: sealed.certificate !== null,
    version: 1,
    confirmed: null,
    health: unknownHealth,
    createdAt: now,
    updatedAt: now,
  };
  await checkClient(tx, vault.clientId);
  if (!(await insertVault(tx, vault, sealed))) refuse('vault.name-taken', { name: vault.name });
  await audit(tx, [vaultEntry(actor, 'vault.created', vault)]);
  return vault;
}

export type VaultChange = GivenSecrets & {
  readonly name?: string | undefined;
  readonly clientId?: number | null | undefined;
  /** Only the settings given change; what is undefined is not. */
  readonly settings?: { readonly [K in keyof VaultSettings]?: unknown } | undefined;
};

export async function changeVault(
  ports: VaultPorts,
  actor: Actor,
  id: number,
  asked: VaultChange,
): Promise<KeyVault> {
  return inTransaction(ports.db, (tx) => changeVaultIn(tx, ports, actor, { ...asked, id }));
}

/** A new address, cloud or authority clears the stored secrets and the confirmation. */
export async function changeVaultIn(
  tx: Tx,
  ports: VaultPorts,
  actor: Actor,
  asked: VaultChange & { readonly id: number },
): Promise<KeyVault> {
  refuseImpersonated(actor);
  const { id } = asked;
  await lockVault(tx, id, 'update');
  const before = await getOwnVault(tx, actor, id);
  const settings = parseSettings({ ...before.settings, ...given(asked.settings) }, before.lab);
  const redirected = reachChanged(before.settings, settings);
  const none: Sealed = { clientSecret: null, certificate: null };
  const stored = redirected ? none : await sealedOf(tx, before);
  const sealed = sealedNow(ports, { id, settings }, stored, asked);
  const after: KeyVault = {
    ...before,
    name: asked.name ?? before.name,
    clientId: asked.clientId === undefined ? before.clientId : (actor.clientId ?? asked.clientId),
    settings,
    hasClientSecret: sealed.clientSecret !== null,
    hasCertificate: sealed.certificate !== null,
    version: before.version + 1,
    confirmed: redirected ? null : before.confirmed,
    health: unknownHealth,
    updatedAt: ports.clock(),
  };
  if (after.clientId !== before.clientId) {
    await checkClient(tx, after.clientId);
    await refuseWhileUsed(ports, tx, after, after.clientId);
  }
  if (await nameTaken(tx, 'key_vaults', after)) refuse('vault.name-taken', { name: after.name });
  await updateVault(tx, after, sealed);
  await audit(tx, differences(actor, { before, after, redirected, given: asked }));
  return after;
}

export async function deleteVault(ports: VaultPorts, actor: Actor, id: number): Promise<KeyVault> {
  refuseImpersonated(actor);
  return inTransaction(ports.db, async (tx) => {
    await lockVault(tx, id, 'update');
    const vault = await getOwnVault(tx, actor, id);
    await refuseWhileUsed(ports, tx, vault, undefined);
    await tx.deleteFrom('key_vaults').where('id', '=', id).execute();
    await audit(tx, [vaultEntry(actor, 'vault.deleted', vault)]);
    return vault;
  });
}

/** An administrator's word that this vault may be reached on a private network. */
export async function confirmVault(ports: VaultPorts, actor: Actor, id: number): Promise<KeyVault> {
  refuseImpersonated(actor);
  const now = ports.clock();
  const confirmed = { by: actor.name, at: now };
  await checkReach(ports, { ...(await getOwnVault(ports.db, actor, id)), confirmed });
  return inTransaction(ports.db, async (tx) => {
    await lockVault(tx, id, 'update');
    const before = await getOwnVault(tx, actor, id);
    const after = { ...before, confirmed, version: before.version + 1, updatedAt: now };
    await updateVault(tx, after, await sealedOf(tx, before));
    const { host, port } = hostOf(after);
    await audit(tx, [{ ...vaultEntry(actor, 'vault.confirmed', after), after: `${host}:${port}` }]);
    return after;
  });
}

/** What is stored from now on: of the two secrets the one that the credential needs. */
function sealedNow(
  { sealing, certificateProblem }: VaultPorts,
  { id, settings }: Pick<KeyVault, 'id' | 'settings'>,
  before: Sealed,
  { clientSecret, certificate }: GivenSecrets,
): Sealed {
  const problem = certificate && certificateProblem(certificate);
  if (problem) refuse('vault.misfit', { reason: `of its certificate, ${problem}` });
  const kept = keeps(settings.credential);
  const useless = [
    ...(clientSecret && kept !== 'clientSecret' ? ['client secret'] : []),
    ...(certificate && kept !== 'certificate' ? ['certificate'] : []),
  ];
  if (useless.length > 0) {
    const reason = `with the credential ${settings.credential} it needs no ${useless.join(' and no ')}`;
    refuse('vault.misfit', { reason });
  }
  const seal = (column: string, given: Secret | null | undefined, old: Buffer | null) =>
    given === undefined
      ? old
      : given && sealing.seal(sealedPlace({ table: 'key_vaults', column }, id), given);
  return {
    clientSecret:
      kept === 'clientSecret'
        ? seal('sealed_client_secret', clientSecret, before.clientSecret)
        : null,
    certificate:
      kept === 'certificate' ? seal('sealed_certificate', certificate, before.certificate) : null,
  };
}

function given(settings: VaultChange['settings'] = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** With a client: only those count that would then be another's. */
async function refuseWhileUsed(
  { keptIn }: VaultPorts,
  tx: Tx,
  { id }: KeyVault,
  clientId: number | null | undefined,
): Promise<void> {
  const all = await keptIn(tx, id);
  const users =
    clientId === undefined
      ? all
      : all.filter((one) => clientId !== null && one.clientId !== clientId);
  if (users.length === 0) return;
  const names = users.slice(0, 5).map(({ name }) => `the connection "${name}"`);
  refuse('vault.in-use', { users: names.join(', ') });
}

/** What could never be reached is not worth an administrator's word. A name may be unknown for now. */
async function checkReach({ rules, network }: VaultPorts, vault: KeyVault): Promise<void> {
  try {
    await permittedAddresses(hostOf(vault), allowanceOf(vault, rules), network);
  } catch (error) {
    if (!(error instanceof ConnectRefusal)) throw error;
    if (error.stage === 'address') refuse('vault.address-refused', { reason: error.message });
  }
}
