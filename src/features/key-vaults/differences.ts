// The audit entries of a change to a key vault: one a changed field; of secrets only that they changed.
import type { Actor } from '#domain/actor.ts';
import type { Secret } from '#lib/secret.ts';
import type { AuditEntry } from '#store/audit.ts';
import type { KeyVault } from './model.ts';

export type GivenSecrets = {
  /** Null removes it; left out, it stays. */
  readonly clientSecret?: Secret | null | undefined;
  readonly certificate?: Secret | null | undefined;
};

export type VaultChanged = {
  readonly before: KeyVault;
  readonly after: KeyVault;
  readonly redirected: boolean;
  readonly given: GivenSecrets;
};

export function differences(actor: Actor, changed: VaultChanged): AuditEntry[] {
  const { before, after, redirected, given } = changed;
  const of = (field: string, rest: Partial<AuditEntry>): AuditEntry => ({
    ...vaultEntry(actor, 'vault.changed', after),
    field,
    ...rest,
  });
  const old = texts(before);
  const fields = Object.entries(texts(after))
    .filter(([field, value]) => old[field] !== value)
    .map(([field, value]) => of(field, { before: old[field] ?? null, after: value }));
  const secret = (field: string, had: boolean, has: boolean, entered: boolean): AuditEntry[] => {
    if (entered && has) return [of(field, { because: 'replaced' })];
    if (!had || has) return [];
    const because = redirected ? 'cleared, because the vault is another one' : 'removed';
    return [of(field, { because })];
  };
  return [
    ...fields,
    ...secret('clientSecret', before.hasClientSecret, after.hasClientSecret, !!given.clientSecret),
    ...secret('certificate', before.hasCertificate, after.hasCertificate, !!given.certificate),
  ];
}

export function vaultEntry(actor: Actor, action: string, vault: KeyVault): AuditEntry {
  const { id, name, clientId } = vault;
  return {
    actor,
    action,
    subject: { kind: 'key vault', id: String(id), name },
    outcome: 'done',
    ...(clientId === null ? {} : { clientId }),
  };
}

function texts({ name, clientId, settings }: KeyVault): Readonly<Record<string, string | null>> {
  const all = Object.entries({ name, client: clientId, ...settings });
  return Object.fromEntries(
    all.map(([field, value]) => [field, value === null ? null : String(value)]),
  );
}
