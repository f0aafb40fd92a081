// Carries out a run: reads, has planned, and hands the plan to the plan path; or tells why it came to nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { BookmarkRefused, type Changes } from '#domain/ports/directory-changes.ts';
import { Problem } from '#domain/problem.ts';
import { rulesOf, settingsDigest, templateFields } from '#domain/sync/rules.ts';
import { type SyncTarget, syncTargets } from '#domain/sync/settings.ts';
import { publicSentence } from '#lib/errors.ts';
import { hearBell } from '#store/bell.ts';
import { inTransaction } from '#store/db.ts';
import { stopBell } from './bells.ts';
import { withdrawDoubles } from './doubles.ts';
import { endDrift, endRead, goOn, type HowRead } from './end-read.ts';
import { planManagers } from './managers.ts';
import { hasDecisions } from './people-rows.ts';
import type { ScannedDirectory, SyncPorts } from './ports.ts';
import { readChanges, whyWhole } from './read-changes.ts';
import { readWhole } from './read-whole.ts';
import { newTally, type Reading } from './reading.ts';
import { endFruitless, ofAttempt, Stopped, type Taken, takeRun } from './run-rows.ts';
import { driftSink, planSink } from './sinks.ts';
import { getSyncState, type SyncState } from './syncs.ts';
import { checkDirectory } from './whose-connections.ts';

/** A line that was cut is dialled anew so often before the run has failed. */
const retryDelaysMs = [500, 3_000] as const;

export async function performSync(
  ports: SyncPorts,
  runId: string,
  working: AbortSignal,
): Promise<void> {
  for (const delayMs of [...retryDelaysMs, undefined]) {
    const taken = await inTransaction(ports.db, (tx) => takeRun(tx, runId));
    if (taken === undefined) return await goOn(ports, runId);
    try {
      await readAndPlan(ports, taken, working);
      break;
    } catch (error) {
      if (error instanceof Stopped) return;
      // The worker stops: another takes the run up from its beginning.
      working.throwIfAborted();
      const mayPass = isRefusal(error) && error.retryable;
      if (delayMs === undefined || !mayPass) {
        if (await fail(ports, taken, error)) return;
        ports.log.warn('A sync had read everything before this came between', { error });
        break;
      }
      await sleep(delayMs, undefined, { signal: working });
    }
  }
  // What fails here is the job's: tried again, it finds the plan standing.
  await goOn(ports, runId);
}

async function readAndPlan(ports: SyncPorts, taken: Taken, working: AbortSignal): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([working, stopping.signal]);
  const stop = (because: unknown) => stopping.abort(because);
  await using _ = await hearStop(ports, taken, stop);
  try {
    await read(ports, taken, signal, stop);
  } catch (error) {
    // What failed first says why, not what broke because of it.
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  }
}

async function read(
  ports: SyncPorts,
  taken: Taken,
  signal: AbortSignal,
  stop: (because: unknown) => void,
): Promise<void> {
  const sync = await getSyncState(ports.db, taken.syncId, {});
  await checkDirectory(ports.db, sync);
  await using directory = await ports.openDirectory(sync.connectionId, sync.settings.pageSize);
  const digest = settingsDigest(sync);
  const drift = taken.purpose === 'drift';
  const plan = planSink(ports, sync, digest, taken.actor);
  const sink = drift ? driftSink(ports, taken) : plan;
  await using desk = await ports.openDesk(sync);
  const told = await changesSince(
    { ports, sync, directory, settingsDigest: digest, signal },
    taken,
  );
  const targets = await targetsOf(ports, sync, typeof told === 'string' ? 'whole' : 'changes');
  const rules = await rulesFor(sync, targets, { directory, desk, signal });
  const reading: Reading = {
    ...{ ports, runId: taken.id, attempt: taken.attempt, drift, sync, actor: taken.actor },
    override: taken.override,
    ...{ rules, settingsDigest: digest, directory, desk, sink },
    ...{ tally: newTally(), decided: await hasDecisions(ports.db, sync.id), signal, stop },
  };
  await ports.plans.sweep(sync.id);
  try {
    const how = await readPeople(reading, taken, told);
    await withdrawDoubles(reading);
    await planManagers(reading, how.did);
    signal.throwIfAborted();
    if (drift) await endDrift(reading, how);
    else await endRead(reading, how, plan);
  } catch (error) {
    await plan.abandon();
    throw error;
  }
}

/** The changes where they are enough, else everything; and why. */
async function readPeople(
  reading: Reading,
  taken: Taken,
  told: Changes | string,
): Promise<HowRead> {
  const { directory, sync } = reading;
  if (typeof told !== 'string') {
    await readChanges(reading, told);
    return {
      did: 'changes',
      wholeBecause: null,
      bookmark: told.bookmark,
      linked: sync.peopleCount,
    };
  }
  // Taken before: whatever changes while it is read is told again by the next.
  const bookmark = await bookmarkOf(directory);
  const linked = await readWhole(reading);
  const wholeBecause = taken.asked === 'whole' ? null : told;
  return { did: 'whole', wholeBecause, bookmark, linked };
}

/** What changed, or why a whole read is needed. */
async function changesSince(
  asked: Pick<Reading, 'ports' | 'sync' | 'directory' | 'settingsDigest' | 'signal'>,
  taken: Taken,
): Promise<Changes | string> {
  const { directory, sync, settingsDigest: digest, signal, ports } = asked;
  if (taken.asked === 'whole') return 'A whole read was asked for.';
  if (sync.bookmark === null) return 'There is no bookmark to read from.';
  if (sync.readDigest !== digest) return 'The settings changed since the last sync.';
  const days = sync.settings.wholeReadEveryDays;
  const hours = (ports.clock().getTime() - (sync.lastWholeAt?.getTime() ?? 0)) / hourMs;
  if (hours > days * 24) return `The last whole read was more than ${days} days ago.`;
  try {
    const changes = await directory.since(sync.bookmark, signal);
    return (await whyWhole(directory, sync, changes, hours)) ?? changes;
  } catch (error) {
    if (!(error instanceof BookmarkRefused)) throw error;
    return `The directory did not take the bookmark: ${error.message}`;
  }
}

const hourMs = 3_600_000;

async function bookmarkOf(directory: ScannedDirectory): Promise<string | null> {
  const manner = await directory.manner();
  return manner === 'none' ? null : await directory.bookmark(manner);
}

async function rulesFor(
  sync: SyncState,
  targets: readonly SyncTarget[],
  { directory, desk, signal }: Pick<Reading, 'directory' | 'desk' | 'signal'>,
) {
  const { newUserTemplateId } = sync.settings;
  const facts = { system: desk.name, serviceAccount: directory.signedInAs };
  const bare = targets.map((target) => rulesOf(sync, target, facts));
  await desk.refresh(
    bare.map(({ target, fields, matching }) => ({ target, fields: [...fields, ...matching] })),
    signal,
  );
  if (newUserTemplateId === null) return bare;
  const [template] = await desk.find('user', [newUserTemplateId], templateFields);
  if (template === undefined) return bare;
  return targets.map((target) => rulesOf(sync, target, { ...facts, template: template.fields }));
}

/** Of its places; a whole read looks for people of the others too, whom no place is for any more. */
async function targetsOf(
  { db }: SyncPorts,
  { id, settings }: SyncState,
  did: HowRead['did'],
): Promise<readonly SyncTarget[]> {
  const targets = new Set(settings.places.map(({ target }) => target));
  const others = syncTargets.filter((target) => !targets.has(target));
  if (did === 'whole' && others.length > 0) {
    const known = await db
      .selectFrom('sync_people')
      .select('target')
      .distinct()
      .where('sync_id', '=', id)
      .where('target', 'in', others)
      .execute();
    for (const { target } of known) targets.add(target);
  }
  return syncTargets.filter((target) => targets.has(target));
}

/** A cancellation stops the reading at once, in whichever process it is. */
function hearStop(
  { db, connectionString, log }: SyncPorts,
  taken: Taken,
  stop: (because: unknown) => void,
): Promise<AsyncDisposable> {
  const look = async () => {
    const mine = await ofAttempt(db, taken).executeTakeFirst();
    if (mine === undefined) stop(new Stopped());
  };
  return hearBell({
    ...{ connectionString, log, name: stopBell, onHearing: () => {} },
    // Where it cannot be asked, the next page finds out.
    onRing: () => void look().catch((error: unknown) => log.debug('No look at a run', { error })),
  });
}

/** In sentences of their own: of the directory, or of a remote desk. */
function isRefusal(error: unknown): error is DirectoryRefusal | ApplicationRefusal {
  return error instanceof DirectoryRefusal || error instanceof ApplicationRefusal;
}

/** False where the attempt had ended before: its plan stands, or somebody else ended the run. */
async function fail(ports: SyncPorts, taken: Taken, error: unknown): Promise<boolean> {
  const code = isRefusal(error) || error instanceof Problem ? error.code : null;
  if (code === null) ports.log.error('A sync failed in a way nobody foresaw', { error });
  const sentence = publicSentence(error) ?? 'The sync failed; the log says why.';
  const now = ports.clock();
  return inTransaction(ports.db, async (tx) => {
    const { id, attempt, syncId } = taken;
    const ended = await endFruitless(tx, id, { state: 'failed', code, sentence, now, attempt });
    if (!ended) return false;
    const sync = await getSyncState(tx, syncId, {});
    await tx
      .updateTable('directory_syncs')
      .set({ last_error: sentence })
      .where('id', '=', syncId)
      .execute();
    // A directory that stays away is told of once, not at each turn of the schedule.
    if (sync.lastError !== null) return true;
    await ports.notify(tx, {
      ...{ event: 'run.failed', key: `sync.failed:${id}`, clientId: sync.clientId },
      ...{ title: `A sync failed: ${sync.settings.name}`, sentence, path: '/directory-syncs' },
    });
    return true;
  });
}
