// What one can do with applications for single sign-on, each with its entry in the audit trail.
import { randomUUID } from 'node:crypto';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { allowanceOf, ownAddress, ownEndpoint } from '#features/sso/reach.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { type Network, permittedAddresses } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { differences, ssoEntry } from './differences.ts';
import {
  insertApplication,
  isNameTaken,
  isSite,
  lockApplication,
  nextApplicationId,
  updateApplication,
} from './queries.ts';
import {
  changed,
  hostOf,
  isElsewhere,
  newSettings,
  type SettingsChange,
  type SsoSettings,
  settingsOf,
} from './settings.ts';

export type ApplicationPorts = Pick<
  SsoPorts,
  'db' | 'sealing' | 'clock' | 'rules' | 'publicUrl' | 'newKey'
> & {
  readonly network?: Network;
  /** The TXT records of a name, each in its parts; throws as node:dns does. */
  readonly textRecordsOf?: (name: string) => Promise<readonly (readonly string[])[]>;
};

export type NewApplication = {
  readonly settings: SettingsChange;
  /** So that the addresses that a provider knows already can be kept. */
  readonly guid?: string | undefined;
  readonly lab?: boolean | undefined;
  readonly clientSecret?: Secret | null | undefined;
};

export async function createApplicationIn(
  tx: Tx,
  ports: ApplicationPorts,
  actor: Actor,
  asked: NewApplication,
): Promise<SsoApplication> {
  refuseImpersonated(actor);
  const lab = asked.lab ?? false;
  if (lab && !ports.rules.labAllowed) refuse('sso.lab-refused');
  const settings = changed(newSettings, asked.settings, lab);
  const now = ports.clock();
  const id = await nextApplicationId(tx);
  const clientSecret = sealedSecret(ports, id, settings, asked.clientSecret, null);
  const application = applicationFrom(settings, {
    ...{ id, lab, certificate: null, version: 1, confirmed: null },
    guid: asked.guid?.toLowerCase() ?? randomUUID(),
    hasClientSecret: clientSecret !== null,
    ...{ createdAt: now, updatedAt: now },
  });
  await checkSite(tx, settings);
  const sealed = { clientSecret, privateKey: null };
  if (!(await insertApplication(tx, application, sealed))) {
    if (await isNameTaken(tx, application)) refuse('sso.name-taken', { name: application.name });
    refuse('sso.guid-taken', { guid: application.guid });
  }
  await audit(tx, [ssoEntry(actor, 'sso-application.created', application)]);
  return application;
}

export type ApplicationChange = {
  readonly id: number;
  readonly settings: SettingsChange;
  /** Only the one it has already. */
  readonly guid?: string | undefined;
  /** Null removes it; left out, it stays. */
  readonly clientSecret?: Secret | null | undefined;
};

/** Another address or protocol clears the client secret, the confirmation and the metadata that was read. */
export async function changeApplicationIn(
  tx: Tx,
  ports: ApplicationPorts,
  actor: Actor,
  asked: ApplicationChange,
): Promise<SsoApplication> {
  refuseImpersonated(actor);
  const { application: before, sealed } = await lockApplication(tx, asked.id);
  if (asked.guid !== undefined && asked.guid.toLowerCase() !== before.guid) {
    refuse('sso.misfit', { reason: 'its guid is part of addresses that its provider knows' });
  }
  const old = settingsOf(before);
  const settings = changed(old, asked.settings, before.lab);
  const elsewhere = isElsewhere(old, settings);
  const kept = elsewhere || settings.protocol !== 'oidc' ? null : sealed.clientSecret;
  const clientSecret = sealedSecret(ports, before.id, settings, asked.clientSecret, kept);
  const after = applicationFrom(settings, {
    ...before,
    version: before.version + 1,
    confirmed: elsewhere ? null : before.confirmed,
    hasClientSecret: clientSecret !== null,
    updatedAt: ports.clock(),
  });
  await checkSite(tx, settings);
  if (await isNameTaken(tx, after)) refuse('sso.name-taken', { name: after.name });
  await updateApplication(tx, after, { ...sealed, clientSecret });
  if (elsewhere)
    await tx.deleteFrom('sso_metadata').where('application_id', '=', after.id).execute();
  const given = asked.clientSecret != null;
  await audit(tx, differences(actor, { before, after, elsewhere, given }));
  return after;
}

/** What it began ends with it: 0040-sso.sql. */
export async function deleteApplicationIn(tx: Tx, actor: Actor, id: number): Promise<void> {
  refuseImpersonated(actor);
  const { application } = await lockApplication(tx, id);
  await tx.deleteFrom('sso_applications').where('id', '=', id).execute();
  await audit(tx, [ssoEntry(actor, 'sso-application.deleted', application)]);
}

/** An administrator's word that its own address may be on a private network. */
export async function confirmApplication(
  ports: ApplicationPorts,
  actor: Actor,
  id: number,
): Promise<SsoApplication> {
  refuseImpersonated(actor);
  const now = ports.clock();
  const confirmed = { by: actor.name, at: now };
  const { application: judged } = await inTransaction(ports.db, (tx) => lockApplication(tx, id));
  const address = ownAddress(judged);
  if (address === undefined) refuse('sso.no-address', { name: judged.name });
  await checkReach(ports, { ...judged, confirmed }, new URL(address));
  return inTransaction(ports.db, async (tx) => {
    const { application: before, sealed } = await lockApplication(tx, id);
    // Looked at again under the lock: meanwhile it may have been pointed elsewhere.
    if (ownAddress(before) !== address) refuse('sso.changed', { name: before.name });
    const after = { ...before, confirmed, version: before.version + 1, updatedAt: now };
    await updateApplication(tx, after, sealed);
    const host = hostOf(settingsOf(after)) ?? null;
    await audit(tx, [{ ...ssoEntry(actor, 'sso-application.confirmed', after), after: host }]);
    return after;
  });
}

type Rest = Pick<
  SsoApplication,
  'id' | 'guid' | 'lab' | 'certificate' | 'version' | 'confirmed' | 'createdAt' | 'updatedAt'
> & { readonly hasClientSecret: boolean };

function applicationFrom(settings: SsoSettings, rest: Rest): SsoApplication {
  const { id, guid, lab, certificate, version, confirmed, createdAt, updatedAt } = rest;
  const { oidc, ...more } = settings;
  return {
    ...more,
    ...{ id, guid, lab, certificate, version, confirmed, createdAt, updatedAt },
    oidc: { ...oidc, hasClientSecret: rest.hasClientSecret },
  };
}

function sealedSecret(
  { sealing }: ApplicationPorts,
  id: number,
  { protocol }: SsoSettings,
  given: Secret | null | undefined,
  kept: Buffer | null,
): Buffer | null {
  if (given === undefined) return kept;
  if (given === null) return null;
  if (protocol !== 'oidc') refuse('sso.misfit', { reason: 'SAML has no client secret' });
  return sealing.seal(secretPlace('sealed_client_secret', id), given);
}

async function checkSite(tx: Tx, { matching: { defaultSiteId } }: SsoSettings): Promise<void> {
  if (defaultSiteId === null || (await isSite(tx, defaultSiteId))) return;
  refuse('sso.misfit', { reason: `there is no site ${defaultSiteId} to be the default one` });
}

/** What could never be reached is not worth an administrator's word. A name may be unknown for now. */
async function checkReach(
  { rules, network }: ApplicationPorts,
  application: SsoApplication,
  url: URL,
): Promise<void> {
  try {
    const allowance = allowanceOf(application, rules, url);
    const endpoint = ownEndpoint(application);
    if (endpoint !== undefined) await permittedAddresses(endpoint, allowance, network);
  } catch (error) {
    if (!(error instanceof ConnectRefusal)) throw error;
    if (error.stage === 'address') refuse('sso.address-refused', { reason: error.message });
  }
}
