// Self-service's way into the one path: look, plan, guard, the policy's yes, apply; and what became of it.
import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { resetChange } from '#domain/actions/reset-password.ts';
import { unlockChange } from '#domain/actions/unlock-account.ts';
import { canonical } from '#domain/canonical.ts';
import type { Change } from '#domain/change.ts';
import type { GuardVerdict } from '#domain/plan.ts';
import type {
  PasswordResets,
  ResetAsked,
  ResetPerson,
  ResetPolicy,
  ResetStanding,
} from '#domain/ports/password-reset.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { isLocked, obstacleTo, usualResetRules } from '#domain/reset.ts';
import type { Subject } from '#domain/subject.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { intentRow } from './apply-reset.ts';
import { approveByPolicy } from './approve.ts';
import { lastDayMs } from './counted.ts';
import { type FindPorts, type FoundAccount, findAccountOf } from './find-account.ts';
import { intentPlace } from './passwords.ts';
import { chainedRun, outcomeOfReset } from './reset-outcome.ts';
import { startRunIn } from './start-run.ts';
import { storePlan } from './store-plan.ts';

export function passwordResets(ports: FindPorts): PasswordResets {
  return {
    look: (person, policy, signal) => look(ports, person, policy, signal),
    start: (asked) => start(ports, asked),
    hasBegun: (runId) => hasBegun(ports.db, runId),
    outcome: (runId) => outcomeOfReset(ports.db, runId),
    waitFor: (runId, limitMs, signal) => waitFor(ports.db, runId, limitMs, signal),
  };
}

async function look(
  ports: FindPorts,
  person: ResetPerson,
  policy: ResetPolicy,
  signal: AbortSignal | undefined,
): Promise<ResetStanding> {
  try {
    const found = await findResettable(ports, person, policy, signal);
    const { connection, account, link, historyEnforced } = found;
    return {
      may: true,
      account: {
        directoryConnectionId: connection.id,
        system: connection.name,
        id: account.id,
        dn: account.dn,
        logonName: account.attributes.sAMAccountName?.[0] ?? '',
        found: link === undefined ? 'matched' : 'linked',
        locked: isLocked(account),
        historyEnforced,
      },
    };
  } catch (problem) {
    if (problem instanceof Problem && isObstacle(problem.code)) {
      return { may: false, code: problem.code, sentence: problem.message };
    }
    throw problem;
  }
}

type ObstacleCode = Extract<ResetStanding, { may: false }>['code'];

function isObstacle(code: string): code is ObstacleCode {
  return code.startsWith('reset.');
}

/** The account, after every reason to leave it alone was looked for. */
async function findResettable(
  ports: FindPorts,
  person: ResetPerson,
  { onlyLinked = false }: ResetPolicy,
  signal?: AbortSignal,
): Promise<FoundAccount> {
  if (person.serviceAccount === true) {
    refuse('reset.service-account', { person: person.name, reason: 'the desk says so' });
  }
  const found = await findAccountOf(ports, person, onlyLinked, signal);
  const given = { isProtected: found.isProtected, rules: usualResetRules };
  const obstacle = obstacleTo(found.account, person.name, given, ports.clock());
  if (obstacle !== undefined) refuse(obstacle.code, obstacle.values);
  return found;
}

async function start(
  ports: FindPorts,
  asked: ResetAsked,
): Promise<{ readonly planId: string; readonly runId: string }> {
  const { person, policy, actor } = asked;
  const found = await findResettable(ports, person, policy);
  const changes = changesFor(ports, asked, found);
  const earlier = await countLastDay(ports.db, found.connection.id, ports.clock());
  mustBeWithin(earlier + changes.length, asked, found);
  const guards = guardsFor(earlier, changes.length, policy);
  const plan = await storeResetPlan(ports, asked, found, changes, guards);
  const sealing = changes.find(({ kind }) => kind === 'reset-password');
  const { runId } = await inTransaction(ports.db, async (tx) => {
    const now = ports.clock();
    // Two at once count one after the other.
    const name = `sundog resets ${found.connection.id}`;
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
    mustBeWithin((await countLastDay(tx, found.connection.id, now)) + changes.length, asked, found);
    const { name: policyName, version } = policy;
    const comment = asked.because.join('; ');
    const decision = { hash: plan.hash, comment, policy: { name: policyName, version } };
    await approveByPolicy(tx, plan.id, decision, now);
    const run = await startRunIn(tx, plan.id, actor, now, true, asked.runId);
    if (sealing !== undefined && asked.what === 'reset') {
      const sealed = ports.sealing.seal(intentPlace(run.runId, sealing.id), asked.password);
      await tx
        .insertInto('intents')
        .values(intentRow(run.runId, sealing, sealed, now))
        .execute();
    }
    return run;
  });
  await chainedRun(ports.db, runId);
  return { planId: plan.id, runId };
}

/** One change for one person; a reset also unlocks whoever is locked, once they have the new password. */
function changesFor(ports: FindPorts, asked: ResetAsked, found: FoundAccount): readonly Change[] {
  const subject = subjectOf(ports, asked.person, found);
  const rules = usualResetRules;
  const { because } = asked;
  if (asked.what === 'unlock') {
    if (!isLocked(found.account)) refuse('reset.not-locked', { person: asked.person.name });
    return [unlockChange(subject, { rules, because })];
  }
  const mustChangePassword = asked.mustChange ?? false;
  const reset = resetChange(subject, { password: 'chosen', mustChangePassword, rules, because });
  if (!isLocked(found.account)) return [reset];
  return [reset, unlockChange(subject, { rules, because, needs: [reset.id] })];
}

function subjectOf(
  ports: FindPorts,
  { name, userId }: ResetPerson,
  { connection, account, link }: FoundAccount,
): Subject {
  return {
    record: { key: link?.personKey ?? String(userId), name, columns: {} },
    step: 0,
    now: ports.clock(),
    directory: { connectionId: connection.id, system: connection.name },
    source: 'the desk',
    found: link === undefined ? 'found by what desk and directory both have' : 'linked',
    account,
    link,
    leaving: false,
    starts: undefined,
    origin: undefined,
    names: undefined,
    container: undefined,
    created: undefined,
    groups: new Map(),
    mappedForNew: () => [],
    mappedForExisting: () => [],
    fill: (template) => template,
  };
}

function guardsFor(
  earlier: number,
  planned: number,
  { perDayMax }: ResetPolicy,
): readonly GuardVerdict[] {
  return [
    {
      name: 'resets',
      verdict: 'pass',
      sentence: `${planned + earlier} resets and unlocks in 24 hours; the policy allows ${perDayMax}.`,
    },
    {
      name: 'protected',
      verdict: 'pass',
      sentence: 'The account is neither privileged nor a service’s, and is looked at again.',
    },
  ];
}

function mustBeWithin(count: number, { policy }: ResetAsked, { connection }: FoundAccount): void {
  const limit = policy.perDayMax;
  if (count > limit) refuse('reset.too-many', { count: count - 1, limit, system: connection.name });
}

/** What was done within a day and what is still to do, of every policy; automations have a guard of their own. */
async function countLastDay(db: Db | Tx, connectionId: string, now: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from outcomes
    join runs on runs.id = outcomes.run_id
    join plans on plans.id = runs.plan_id
    where outcomes.connection_id = ${connectionId}
      and outcomes.kind in ('reset-password', 'unlock')
      and plans.reset_connection_id is not null
      and runs.started_at >= ${new Date(now.getTime() - lastDayMs)}
      and (outcomes.settled_at is null or outcomes.result = 'done')`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

async function storeResetPlan(
  ports: FindPorts,
  { person, policy, actor, what }: ResetAsked,
  { connection }: FoundAccount,
  changes: readonly Change[],
  guards: readonly GuardVerdict[],
) {
  const key = changes[0]?.personKey ?? String(person.userId);
  const { name, version } = policy;
  const plan = {
    of: { kind: 'password-reset' as const, id: connection.id, version },
    digest: hash('sha256', canonical({ name, version })),
    title: what === 'reset' ? 'Password reset by self-service' : 'Unlock by self-service',
    clientId: person.clientId,
    sentence: what === 'reset' ? 'Resets 1 password.' : 'Unlocks 1 account.',
    undoesRunId: null,
    personKey: key,
    sourceConnectionId: null,
    source: { records: 1, complete: true, digest: hash('sha256', key), columns: [] },
    guards,
    accounts: 1,
    needsApproval: true,
    people: [
      {
        key,
        name: person.name,
        situation: 'linked' as const,
        group: 'mover' as const,
        changes,
        notes: [],
      },
    ],
    links: [],
    record: () => undefined,
  };
  return storePlan(ports, plan, actor, { quiet: true });
}

async function hasBegun(db: Db, runId: string): Promise<boolean> {
  const run = db.selectFrom('runs').select('id').where('id', '=', runId);
  return (await run.executeTakeFirst()) !== undefined;
}

const lookEveryMs = 100;

async function waitFor(db: Db, runId: string, limitMs: number, signal: AbortSignal | undefined) {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const outcome = await outcomeOfReset(db, runId);
    if (outcome.state !== 'running' || performance.now() >= deadline) return outcome;
    await pause(lookEveryMs, undefined, signal === undefined ? {} : { signal });
  }
}
