// A link remembers for ever, by immutable ids, which account a source's person has in a directory.
import type { Change } from './change.ts';
import type { Outcome } from './outcome.ts';

export type Link = {
  readonly sourceConnectionId: string;
  /** The person's primary key in the source. */
  readonly personKey: string;
  readonly personName: string;
  readonly directoryConnectionId: string;
  /** The account's immutable id. */
  readonly accountId: string;
  /** Where the person came from. Whoever came from the directory is never created or disabled there. */
  readonly origin: 'source' | 'directory';
  /** Set while the account is disabled because we disabled it; only such an account is enabled again. */
  readonly disabledByUs?: 'leaver' | 'start-date';
  readonly createdByRun?: string;
  /** When a complete read of the source last held the person. */
  readonly lastSeen: Date;
};

/** What is remembered once a change came to an outcome; the link as it was when it makes no difference. */
export function linkAfter(
  link: Link | undefined,
  change: Change,
  outcome: Outcome,
  made: { readonly sourceConnectionId: string; readonly runId: string; readonly at: Date },
): Link | undefined {
  if (outcome.result !== 'done' && outcome.result !== 'skipped') return link;
  if (change.kind === 'create')
    return outcome.result === 'done' ? created(change, outcome, made) : link;
  if (link === undefined) return undefined;
  if (change.kind === 'enable') return withoutDisabledByUs(link);
  if (change.kind !== 'disable') return link;
  if (change.action !== 'disable-account') return withoutDisabledByUs(link);
  // An account found already disabled was disabled by somebody else, who may want it to stay so.
  return outcome.result === 'done' ? { ...link, disabledByUs: 'leaver' } : link;
}

function created(
  change: Change,
  outcome: Extract<Outcome, { result: 'done' }>,
  made: { readonly sourceConnectionId: string; readonly runId: string; readonly at: Date },
): Link | undefined {
  if (outcome.targetId === undefined) return undefined;
  const waits = change.after.enabled?.[0] === 'false';
  return {
    sourceConnectionId: made.sourceConnectionId,
    personKey: change.personKey,
    personName: change.personName,
    directoryConnectionId: change.connectionId,
    accountId: outcome.targetId,
    origin: 'source',
    ...(waits ? { disabledByUs: 'start-date' as const } : {}),
    createdByRun: made.runId,
    lastSeen: made.at,
  };
}

function withoutDisabledByUs(link: Link): Link {
  const { disabledByUs: _, ...rest } = link;
  return rest;
}
