// One change to an account that is there: look again, and write only if it still is as the plan saw it.
import type { Account } from '#domain/account.ts';
import { decide, valuesOf } from '#domain/apply.ts';
import type { Change } from '#domain/change.ts';
import { linkAfter } from '#domain/link.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { Directory, WriteResult } from '#domain/ports/directory.ts';
import type { Tx } from '#store/db.ts';
import type { ApplyPorts } from './apply-person.ts';
import { findLinkOfAccount, saveLink } from './links.ts';
import { destroyHandover } from './passwords.ts';
import type { RunFacts, Step } from './work.ts';

export async function applyToAccount(
  ports: ApplyPorts,
  run: RunFacts,
  steps: readonly Step[],
  step: Step,
  signal: AbortSignal,
): Promise<Step> {
  const { change } = step;
  const accountId = accountOf(change, steps);
  const outcome = await ports.sessions.withDirectory(
    change.connectionId,
    (directory) => write(ports, step, accountId, directory),
    signal,
  );
  const also = (tx: Tx) => remember(tx, ports, run, change, accountId, outcome);
  const linked = change.kind === 'disable' || change.kind === 'enable';
  await ports.book.settle({ change, outcome, ...(linked ? { also } : {}) });
  return stepAfter(step, outcome);
}

export function stepAfter(step: Step, outcome: Outcome): Step {
  return {
    ...step,
    result: outcome.result,
    because: outcome.result === 'done' ? null : outcome.because,
    code: outcome.result === 'failed' ? outcome.code : null,
    targetId: outcome.result === 'done' ? (outcome.targetId ?? null) : null,
    until: null,
  };
}

async function write(
  ports: ApplyPorts,
  step: Step,
  accountId: string,
  directory: Directory,
): Promise<Outcome> {
  const { change } = step;
  const attributes = [...Object.keys(change.after), 'adminCount'];
  const present = (await directory.findAccounts([accountId], attributes)).get(accountId);
  if (present !== undefined && isProtected(present)) {
    return { result: 'conflict', because: `${change.target.name} has become protected` };
  }
  const decision = decide(change, present);
  if (decision.do === 'conflict') return { result: 'conflict', because: decision.because };
  if (decision.do === 'skip') {
    // What an interrupted attempt of this very run had begun is its own work, and undo must know it.
    return step.intendedAt === null
      ? { result: 'skipped', because: decision.because }
      : { result: 'done', targetId: accountId, note: 'found done after an interruption' };
  }
  await ports.book.intend({ change, first: step.intendedAt === null });
  const written = await send(directory, change, accountId, decision);
  return outcomeOf(written, step, accountId);
}

function send(
  directory: Directory,
  change: Change,
  id: string,
  { before, after }: Pick<Change, 'before' | 'after'>,
): Promise<WriteResult> {
  switch (change.kind) {
    case 'update':
      return directory.updateAccount(id, before, after);
    case 'enable':
      return directory.setEnabled(id, false, true);
    case 'disable':
      return directory.setEnabled(id, true, false);
    case 'add-member':
      return directory.addMember(groupOf(change), id);
    case 'remove-member':
      return directory.removeMember(groupOf(change), id);
    default:
      throw new TypeError(`${change.kind} is not a change to an account that is there`);
  }
}

function outcomeOf(written: WriteResult, step: Step, targetId: string): Outcome {
  switch (written) {
    case 'written':
      return { result: 'done', targetId };
    case 'already-so':
      return step.intendedAt === null
        ? { result: 'skipped', because: 'it is already so' }
        : { result: 'done', targetId, note: 'found done after an interruption' };
    case 'conflict':
      return { result: 'conflict', because: 'it was changed by somebody else in that very moment' };
  }
}

/** The links follow: whom the hub disabled it may enable again, and an undone creation hands nothing over. */
async function remember(
  tx: Tx,
  ports: ApplyPorts,
  run: RunFacts,
  change: Change,
  accountId: string,
  outcome: Outcome,
): Promise<void> {
  const link = await findLinkOfAccount(tx, change.connectionId, accountId, change.personKey);
  if (link === undefined) return;
  const at = ports.clock();
  const { sourceConnectionId } = link;
  const after = linkAfter(link, change, outcome, { sourceConnectionId, runId: run.id, at });
  if (after !== undefined && after !== link) await saveLink(tx, after);
  if (change.kind === 'disable' && run.undoesRunId !== null && outcome.result === 'done') {
    await destroyHandover(tx, accountId, 'the creation was undone', at);
  }
}

function accountOf(change: Change, steps: readonly Step[]): string {
  const { target } = change;
  if (target.kind === 'existing') return target.id;
  const made = steps.find((one) => one.change.id === target.change)?.targetId;
  if (made === undefined || made === null) {
    throw new TypeError(`change ${change.id} does not need the creation of its own account`);
  }
  return made;
}

function groupOf(change: Change): string {
  if (change.group === undefined) throw new TypeError(`change ${change.id} names no group`);
  return change.group.id;
}

function isProtected(account: Account): boolean {
  return valuesOf(account.attributes, 'adminCount')[0] === '1';
}
