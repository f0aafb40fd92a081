// Applies a reset or an unlock: looks again at whose account it is, writes once, and destroys the sealed password.
import type { Account } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { generatePassword } from '#domain/password.ts';
import type { Directory, WriteResult } from '#domain/ports/directory.ts';
import { refuse, sentenceOf } from '#domain/problem.ts';
import {
  decideReset,
  obstacleTo,
  resetAttributes,
  usualResetRules,
  wasSetSince,
} from '#domain/reset.ts';
import type { Secret } from '#lib/secret.ts';
import type { Tx } from '#store/db.ts';
import type { ApplyPorts } from './apply-person.ts';
import { stepAfter } from './apply-to-account.ts';
import { destroyHandover, handoverRow, intentPlace } from './passwords.ts';
import type { RunFacts, Step } from './work.ts';

export async function applyReset(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  signal: AbortSignal,
): Promise<Step> {
  const { change } = step;
  const generates = change.reset?.password === 'generated';
  const password =
    change.kind === 'reset-password' ? await passwordFor(ports, run, step, generates) : undefined;
  const outcome = await ports.sessions.withDirectory(
    change.connectionId,
    (directory) => lookAndWrite(ports, step, directory, password),
    signal,
  );
  const also = async (tx: Tx) => {
    if (password === undefined || outcome.result !== 'done') return;
    await destroyHandover(tx, accountOf(change), 'the password was reset', ports.clock());
    if (generates) await handOver(tx, ports, run, change, password);
  };
  await ports.book.settle({ change, outcome, also });
  return stepAfter(step, outcome);
}

async function lookAndWrite(
  ports: ApplyPorts,
  step: Step,
  directory: Directory,
  password: Secret | undefined,
): Promise<Outcome> {
  const { change } = step;
  const id = accountOf(change);
  const present = (await directory.findAccounts([id], resetAttributes)).get(id);
  if (present === undefined) {
    return {
      result: 'conflict',
      because: `${change.target.name} is no longer in ${change.system}`,
    };
  }
  const obstacle = obstacleTo(
    present,
    change.personName,
    {
      isProtected: (await directory.findProtected([id])).has(id),
      rules: change.reset?.rules ?? usualResetRules,
    },
    ports.clock(),
  );
  if (obstacle !== undefined) {
    const because = sentenceOf(obstacle.code, obstacle.values);
    return { result: 'failed', code: obstacle.code, because, retryable: false };
  }
  const next = decideReset(change, present, step.intendedAt !== null);
  switch (next.do) {
    case 'conflict':
      return { result: 'conflict', because: next.because };
    case 'skip':
      return step.intendedAt === null
        ? { result: 'skipped', because: next.because }
        : foundDone(change, 'found done after an interruption');
    case 'verify': {
      const verified = await verify(ports, step, directory, present, password);
      if (verified !== undefined) return verified;
    }
  }
  await ports.book.intend({ change, first: step.intendedAt === null });
  return outcomeOf(change, await send(directory, change, present, password), directory);
}

/**
 * A worker died between the intent and the outcome, and the password is no longer the one it found. That
 * it is ours is shown by signing in with it; where the directory lets nobody try, by the time it was set.
 */
async function verify(
  ports: ApplyPorts,
  step: Step,
  directory: Directory,
  present: Account,
  password: Secret | undefined,
): Promise<Outcome | undefined> {
  const { change, intendedAt } = step;
  if (password === undefined || intendedAt === null) return undefined;
  const now = present.attributes.pwdLastSet?.[0] ?? '0';
  const differs = now !== (change.before.pwdLastSet?.[0] ?? '0');
  const ours = await directory.isPassword(present.id, password);
  if (ours === true) return foundDone(change, 'found done after an interruption');
  if (ours === undefined && differs) {
    const byTime = change.mustChangePassword === true ? now === '0' : undefined;
    if (byTime ?? wasSetSince(present, intendedAt, ports.clock())) {
      return foundDone(change, 'found done after an interruption, by the time it was set');
    }
  }
  if (!differs) return undefined;
  return {
    result: 'conflict',
    because: 'the password was set by somebody else in that very moment',
  };
}

function send(
  directory: Directory,
  change: Change,
  present: Account,
  password: Secret | undefined,
): Promise<WriteResult> {
  if (change.kind === 'unlock') {
    return directory.unlock(present.id, change.before.lockoutTime?.[0] ?? '0');
  }
  if (password === undefined) return refuse('reset.password-gone', { person: change.personName });
  return directory.resetPassword(present.id, {
    password,
    from: present.attributes.pwdLastSet?.[0] ?? '0',
    mustChange: change.mustChangePassword ?? true,
  });
}

async function outcomeOf(
  change: Change,
  written: WriteResult,
  directory: Directory,
): Promise<Outcome> {
  const targetId = accountOf(change);
  switch (written) {
    case 'written': {
      if (change.kind === 'unlock') return { result: 'done', targetId };
      const { enforcesHistory } = await directory.facts();
      return { result: 'done', targetId, ...(enforcesHistory ? {} : { note: noHistory }) };
    }
    case 'already-so':
      return { result: 'skipped', because: 'it is already so' };
    case 'conflict':
      return { result: 'conflict', because: 'it was changed by somebody else in that very moment' };
  }
}

/** Said and not hidden: an administrator's reset passes the history by where nobody can ask for it. */
export const noHistory = 'this directory does not hold a reset to the history of passwords';

function foundDone(change: Change, note: string): Outcome {
  return { result: 'done', targetId: accountOf(change), note };
}

function accountOf({ target, id }: Change): string {
  if (target.kind === 'existing') return target.id;
  throw new TypeError(`change ${id} resets an account that is not there yet`);
}

/** The chosen one was sealed when the run began; a generated one is made here, and sealed before it is written. */
async function passwordFor(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  generates: boolean,
): Promise<Secret> {
  const { change, intent } = step;
  const place = intentPlace(run.id, change.id);
  if (intent?.sealedPassword != null) return ports.sealing.unseal(place, intent.sealedPassword);
  if (!generates || intent !== null) refuse('reset.password-gone', { person: change.personName });
  const password = generatePassword(ports.pickBelow, [change.personName]);
  await ports.db
    .insertInto('intents')
    .values(intentRow(run.id, change, ports.sealing.seal(place, password), ports.clock()))
    .execute();
  return password;
}

export function intentRow(runId: string, change: Change, sealed: Buffer, now: Date) {
  return {
    run_id: runId,
    change_id: change.id,
    attempt: 0,
    dn: change.target.name,
    sealed_password: sealed,
    created_at: now,
  };
}

async function handOver(
  tx: Tx,
  ports: ApplyPorts,
  run: RunFacts,
  change: Change,
  password: Secret,
): Promise<void> {
  const account = { id: accountOf(change), name: change.target.name };
  const now = ports.clock();
  await tx
    .insertInto('password_handovers')
    .values(handoverRow(ports.sealing, { run, change, account, password, now }))
    .execute();
}
