// What an administrator does with API applications. Secrets come back once and are never seen again.
import { randomUUID } from 'node:crypto';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash, newClientSecret, newToken } from '#lib/tokens.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { type Application, type ApplicationKind, checkRedirectUri } from './model.ts';
import {
  deleteApplication,
  deleteKey,
  findApplication,
  insertApplication,
  putKey,
  setEnabled,
  setSecret,
  setTrusted,
  updateApplication,
} from './queries.ts';
import { deleteTokensOf } from './token-queries.ts';

export type NewApplication = {
  readonly name: string;
  readonly scopes: readonly Permission[];
  readonly kind?: ApplicationKind | undefined;
  readonly agentId?: number | undefined;
  readonly boundClientId?: number | undefined;
  readonly allowAgents?: boolean | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  /** A program that can keep no secret: native, or in a browser. */
  readonly isPublic?: boolean | undefined;
};

export type Made = {
  readonly application: Application;
  readonly clientSecret?: Secret;
  readonly apiKey?: Secret;
};

/** Makes an application; its secret or key stands in the answer and nowhere else. */
export async function createApplication(
  db: Db,
  given: NewApplication,
  by: Actor,
  now: Date,
): Promise<Made> {
  refuseImpersonated(by);
  const kind = given.kind ?? 'client-secret';
  const redirectUris = given.redirectUris ?? [];
  redirectUris.forEach(checkRedirectUri);
  if (given.scopes.length === 0)
    refuse('application.misfit', { reason: 'name at least one scope' });
  if (kind === 'authorization-code' && redirectUris.length === 0) {
    refuse('application.misfit', {
      reason: 'an authorization-code application needs a redirect URI',
    });
  }
  if (kind === 'client-secret' && given.isPublic === true) {
    refuse('application.misfit', { reason: 'a client-secret application cannot be public' });
  }
  const wantsSecret = kind !== 'api-key' && kind !== 'username-password' && given.isPublic !== true;
  const clientSecret = wantsSecret ? newClientSecret() : undefined;
  const apiKey = kind === 'api-key' ? newToken() : undefined;
  const application: Application = {
    id: newId(now),
    name: given.name,
    kind,
    clientId: randomUUID(),
    hasSecret: wantsSecret,
    agentId: given.agentId,
    boundClientId: given.boundClientId,
    allowAgents: given.allowAgents ?? true,
    scopes: [...new Set(given.scopes)],
    redirectUris,
    enabled: true,
    trustedForReset: false,
    createdAt: now,
    changedAt: now,
  };
  await inTransaction(db, async (tx) => {
    await insertApplication(tx, application, clientSecret && fastHash(clientSecret.reveal()));
    if (apiKey !== undefined) {
      const hash = fastHash(apiKey.reveal());
      await putKey(tx, { applicationId: application.id, slot: 1, hash, expiresAt: undefined }, now);
    }
    const after = `${kind}, scopes ${application.scopes.join(' ')}`;
    await audit(tx, [entry(application, by, 'application.created', { after })]);
  });
  return {
    application,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

export type Change = Partial<
  Pick<
    Application,
    'name' | 'agentId' | 'boundClientId' | 'allowAgents' | 'scopes' | 'redirectUris'
  >
>;

/** Its tokens go when it may do less, or as somebody else: nobody keeps what they were given before. */
export async function changeApplication(
  db: Db,
  id: string,
  changes: Change,
  by: Actor,
  now: Date,
): Promise<Application> {
  (changes.redirectUris ?? []).forEach(checkRedirectUri);
  if (changes.scopes?.length === 0) {
    refuse('application.misfit', { reason: 'name at least one scope' });
  }
  return change(db, id, by, async (tx, before) => {
    const after: Application = { ...before, ...changes, changedAt: now };
    if (before.kind === 'authorization-code' && after.redirectUris.length === 0) {
      refuse('application.misfit', {
        reason: 'an authorization-code application needs a redirect URI',
      });
    }
    const differences = differencesOf(before, after);
    if (differences.length === 0) return before;
    await updateApplication(tx, after);
    const isRenamed = differences.every(({ field }) => field === 'name');
    if (!isRenamed) await deleteTokensOf(tx, { applicationId: id });
    await audit(
      tx,
      differences.map((difference) => entry(after, by, 'application.updated', difference)),
    );
    return after;
  });
}

function differencesOf(before: Application, after: Application) {
  const spelt = (value: unknown) => (Array.isArray(value) ? value.join(' ') : String(value ?? ''));
  const fields = [
    'name',
    'agentId',
    'boundClientId',
    'allowAgents',
    'scopes',
    'redirectUris',
  ] as const;
  return fields
    .map((field) => ({ field, before: spelt(before[field]), after: spelt(after[field]) }))
    .filter((one) => one.before !== one.after);
}

/** A disabled application's tokens and keys stop working at once, in every process. */
export async function enableApplication(
  db: Db,
  id: string,
  enabled: boolean,
  by: Actor,
  now: Date,
): Promise<Application> {
  return change(db, id, by, async (tx, application) => {
    await setEnabled(tx, id, enabled, now);
    if (!enabled) await deleteTokensOf(tx, { applicationId: id });
    const action = enabled ? 'application.enabled' : 'application.disabled';
    await audit(tx, [entry(application, by, action)]);
    return { ...application, enabled, changedAt: now };
  });
}

/** Whether it is told who is enrolled in self-service: for a reset tool on computers of one's own. */
export async function trustApplication(
  db: Db,
  id: string,
  trusted: boolean,
  by: Actor,
  now: Date,
): Promise<Application> {
  return change(db, id, by, async (tx, application) => {
    await setTrusted(tx, id, trusted, now);
    const field = {
      field: 'trustedForReset',
      before: String(application.trustedForReset),
      after: String(trusted),
    };
    await audit(tx, [entry(application, by, 'application.changed', field)]);
    return { ...application, trustedForReset: trusted, changedAt: now };
  });
}

export async function renewSecret(db: Db, id: string, by: Actor, now: Date): Promise<Secret> {
  return change(db, id, by, async (tx, application) => {
    if (!application.hasSecret) refuse('application.misfit', { reason: 'it has no secret' });
    const secret = newClientSecret();
    await setSecret(tx, id, fastHash(secret.reveal()), now);
    await deleteTokensOf(tx, { applicationId: id });
    await audit(tx, [entry(application, by, 'application.secret-renewed')]);
    return secret;
  });
}

/** A new key in one of the two slots; the one that stood there stops working. */
export async function renewKey(
  db: Db,
  key: { readonly id: string; readonly slot: number; readonly expiresAt: Date | undefined },
  by: Actor,
  now: Date,
): Promise<Secret> {
  return change(db, key.id, by, async (tx, application) => {
    if (application.kind !== 'api-key') {
      refuse('application.misfit', { reason: 'only an api-key application has keys' });
    }
    const secret = newToken();
    const { id: applicationId, slot, expiresAt } = key;
    await putKey(tx, { applicationId, slot, hash: fastHash(secret.reveal()), expiresAt }, now);
    await audit(tx, [entry(application, by, 'application.key-renewed', { after: `key ${slot}` })]);
    return secret;
  });
}

export async function removeKey(db: Db, id: string, slot: number, by: Actor): Promise<void> {
  await change(db, id, by, async (tx, application) => {
    if (!(await deleteKey(tx, id, slot))) refuse('record.unknown', { kind: 'key', id: slot });
    await audit(tx, [entry(application, by, 'application.key-removed', { before: `key ${slot}` })]);
  });
}

export async function removeApplication(db: Db, id: string, by: Actor): Promise<Application> {
  return change(db, id, by, async (tx, application) => {
    await deleteApplication(tx, id);
    await audit(tx, [entry(application, by, 'application.deleted')]);
    return application;
  });
}

/** One transaction with its audit entry; when it commits, every process forgets who may come in. */
async function change<T>(
  db: Db,
  id: string,
  by: Actor,
  work: (tx: Tx, application: Application) => Promise<T>,
): Promise<T> {
  refuseImpersonated(by);
  return inTransaction(db, async (tx) => {
    const application = await findApplication(tx, id);
    if (application === undefined) return refuse('record.unknown', { kind: 'application', id });
    const result = await work(tx, application);
    await ring(tx, accessBell);
    return result;
  });
}

function entry(
  application: Application,
  actor: Actor,
  action: string,
  more: Partial<AuditEntry> = {},
): AuditEntry {
  const subject = { kind: 'application', id: application.id, name: application.name };
  return { actor, action, subject, outcome: 'done', ...more };
}
