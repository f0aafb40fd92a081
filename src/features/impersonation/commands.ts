// Acting as somebody else: asked for with a reason, by a token that is used once, in one browser.
//
//   ask -> token (60 s) -> exchange -> session of both (30 min) -> switched back, over, taken away
import { type Actor, callingFrom, refuseImpersonated } from '#domain/actor.ts';
import { hindrance, impersonationLimits, rightTo } from '#domain/impersonation.ts';
import { allows } from '#domain/permission.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { refuse, sentenceOf } from '#domain/problem.ts';
import type { RequestHeaders } from '#http/route.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { endImpersonations, entryOf } from './end.ts';
import type { Beginning, ImpersonationPorts } from './ports.ts';
import { findByToken, findUsable, insertRequest, noteBeginning, useToken } from './queries.ts';
import { readSettings } from './settings.ts';

export type Asked = { readonly target: PersonId; readonly reason: string };

export type Asking = {
  readonly id: number;
  readonly requestorId: number;
  readonly at: Date;
  readonly jwt: string;
};

/** Gives a token by which the asking browser becomes the other, once. */
export async function askToAct(
  ports: ImpersonationPorts,
  { target: wanted, reason }: Asked,
  actor: Actor,
): Promise<Asking> {
  const by = await personOf(ports, actor, wanted);
  const now = ports.clock();
  const target = await permitted(ports, by, wanted, actor);
  const jti = newToken().reveal();
  const jwt = await ports.sign(claimsOf(by, target, jti), now);
  const made = await inTransaction(ports.db, async (tx) => {
    const id = await insertRequest(tx, {
      by,
      target,
      reason,
      sessionId: actor.sessionId,
      tokenHash: fastHash(jti),
      now,
      expiresAt: new Date(now.getTime() + impersonationLimits.tokenSeconds * 1000),
    });
    const entry = { ...entryOf({ by, target }, reason, 'impersonation.requested'), actor };
    return { id, entries: await audit(tx, [entry]) };
  });
  await ports.chained(made.entries);
  return { id: made.id, requestorId: by.id, at: now, jwt };
}

export type Became = {
  readonly name: string;
  readonly endsAt: Date;
  readonly token: Secret;
  readonly ownToken: string;
};

/** Exchanges the token for the session. Whatever is wrong with it, the answer is the same. */
export async function exchange(
  ports: ImpersonationPorts,
  jwt: string,
  actor: Actor,
  from: { readonly headers: RequestHeaders; readonly ip: string },
): Promise<Became> {
  refuseImpersonated(actor);
  const { agentId, sessionId } = actor;
  const ownToken = ports.sessions.tokenIn(from.headers);
  if (agentId === undefined || sessionId === undefined || ownToken === undefined) {
    return refuse('impersonation.browser-needed');
  }
  const now = ports.clock();
  const jti = await ports.read(jwt, now);
  const tokenHash = fastHash(jti ?? '');
  const own = { tokenHash, agentId, sessionId, now };
  const request = jti === undefined ? undefined : await findUsable(ports.db, own);
  if (request === undefined) return refuseToken(ports.db, tokenHash, actor);
  const by = await personOf(ports, actor, request.target);
  // Much may have changed in a minute.
  const target = await permitted(ports, by, request.target, actor);
  const browser = { ip: from.ip, userAgent: String(from.headers['user-agent'] ?? '') };
  const endsAt = new Date(now.getTime() + impersonationLimits.sessionMs);
  const { id, reason } = request;
  const beginning = { id, by, target, reason, ownToken, browser, endsAt };
  const began = await inTransaction(ports.db, async (tx) =>
    (await useToken(tx, own)) ? begin(ports, tx, beginning, now) : undefined,
  );
  if (began === undefined) return refuseToken(ports.db, tokenHash, actor);
  await ports.chained(began.entries).catch((error: unknown) => forfeit(ports, id, error));
  return { name: target.name, endsAt, token: began.token, ownToken };
}

async function begin(ports: ImpersonationPorts, tx: Tx, beginning: Beginning, now: Date) {
  const { id, by, target, reason, browser, endsAt } = beginning;
  const { token, entries } = await ports.sessions.begin(tx, beginning, now);
  const { told } = (await readSettings(tx))[target.kind];
  await noteBeginning(tx, id, { endsAt, told });
  const entry = entryOf({ by, target }, reason, 'impersonation.started');
  const actor = callingFrom(entry.actor, browser.ip);
  const started = await audit(tx, [{ ...entry, actor }]);
  if (told) {
    const key = `impersonation:${id}`;
    await ports.tell(tx, { key, target, byName: by.name, reason, at: now });
  }
  return { token, entries: [...entries, ...started] };
}

/** The agent who signed in and asks. What a token of an application may not, its agent may not by it. */
async function personOf(
  ports: ImpersonationPorts,
  actor: Actor,
  { kind }: PersonId,
): Promise<Person> {
  refuseImpersonated(actor);
  const permission = rightTo[kind];
  if (!allows(actor.permissions, permission)) refuse('permission.lacking', { permission });
  if (actor.kind !== 'agent' || actor.agentId === undefined) {
    return refuse('impersonation.person-needed');
  }
  const by = await ports.findPerson({ kind: 'agent', id: actor.agentId });
  return by ?? refuse('impersonation.person-needed');
}

async function permitted(
  ports: ImpersonationPorts,
  by: Person,
  wanted: PersonId,
  actor: Actor,
): Promise<Person> {
  const found = await ports.findPerson(wanted);
  const { allowed } = (await readSettings(ports.db))[wanted.kind];
  const scoped = actor.clientId === undefined ? by : { ...by, clientId: actor.clientId };
  const because = hindrance(scoped, found, wanted.kind, allowed);
  if (because === undefined && found !== undefined) return found;
  const { code, values } = because ?? { code: 'impersonation.unknown' };
  const name = code === 'impersonation.unknown' ? '' : (found?.name ?? '');
  await audit(ports.db, [
    {
      actor,
      action: 'impersonation.refused',
      subject: { kind: wanted.kind, id: String(wanted.id), name },
      outcome: 'refused',
      because: sentenceOf(code, values),
    },
  ]);
  return refuse(code, values);
}

/** Whether somebody who acts as another still may: asked at every request they make. */
export async function mayAct(db: Db, by: Person, target: Person): Promise<boolean> {
  const { allowed } = (await readSettings(db))[target.kind];
  return hindrance(by, target, target.kind, allowed) === undefined;
}

async function refuseToken(db: Db, tokenHash: Buffer, actor: Actor): Promise<never> {
  const request = await findByToken(db, tokenHash);
  const { kind = 'agent', id = 'unknown', name = 'an unknown token' } = request?.target ?? {};
  await audit(db, [
    {
      actor,
      action: 'impersonation.refused',
      subject: { kind, id: String(id), name },
      outcome: 'refused',
      because: sentenceOf('impersonation.token'),
    },
  ]);
  return refuse('impersonation.token');
}

/** Nobody acts as anybody before the entry of it is chained: the session goes again. */
async function forfeit({ db }: ImpersonationPorts, id: number, error: unknown): Promise<never> {
  await db.deleteFrom('sessions').where('impersonation_id', '=', id).execute();
  throw error;
}

/** Ends one that is under way: by an administrator, or by the person somebody acts as. */
export async function endOne(
  ports: Pick<ImpersonationPorts, 'db'>,
  id: number,
  actor: Actor,
  whose: { readonly toldTo?: PersonId },
): Promise<void> {
  refuseImpersonated(actor);
  const because = `${actor.name} ended it`;
  const ended = await inTransaction(ports.db, (tx) =>
    endImpersonations(tx, { id, ...whose }, { actor, because }),
  );
  if (ended === 0) refuse('record.unknown', { kind: 'impersonation under way', id });
}

function claimsOf(by: Person, target: Person, jti: string) {
  return {
    subject: `${target.kind}:${target.id}`,
    lifeSeconds: impersonationLimits.tokenSeconds,
    more: { jti, act: { sub: `${by.kind}:${by.id}` } },
  };
}
