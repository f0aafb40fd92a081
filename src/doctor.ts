// The doctor: looks at settings, data folder, database, key and connections, and says how to mend each.
import { theHub } from '#domain/actor.ts';
import { Problem } from '#domain/problem.ts';
import { lastCheckpoint } from '#features/audit/checkpoints.ts';
import { waitsTooLong } from '#features/audit/state.ts';
import { readyConnection } from '#features/connections/open.ts';
import { errorMessage } from '#lib/errors.ts';
import { silentLog } from '#lib/log.ts';
import { chainAll } from '#store/audit-chain.ts';
import type { Words } from './commands.ts';
import { readConfig } from './config.ts';
import { rightsSaid } from './doctor-rights.ts';
import { type Hub, openHub } from './hub.ts';
import { printJson, tableText } from './print.ts';

type Finding = { readonly ok: boolean; readonly what: string; readonly sentence: string };

const probeMs = 30_000;

export async function doctorCommand({ options }: Words): Promise<void> {
  const findings = await examine();
  if (options.json === true) printJson(findings);
  else {
    console.log(
      tableText(findings.map(({ ok, what, sentence }) => [ok ? 'ok' : 'WRONG', what, sentence])),
    );
  }
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

async function examine(): Promise<Finding[]> {
  try {
    const config = readConfig();
    const settings = [
      fine('settings', 'Every setting can be used.'),
      ...config.warnings.map((sentence) => wrong('settings', sentence)),
    ];
    await using hub = await openHub({ config, log: silentLog });
    return [
      ...settings,
      ...storeFindings(hub),
      await auditFinding(hub),
      ...(await connectionFindings(hub)),
    ];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [wrong(error.code, error.message)];
  }
}

function storeFindings({ store, config }: Hub): Finding[] {
  const database =
    store.embedded === undefined
      ? 'The PostgreSQL server answers and its schema is up to date.'
      : `The embedded PostgreSQL answers and its schema is up to date; its data lies in ${store.dataFolder}.`;
  const key =
    config.masterKey === undefined && config.masterKeyFile === undefined
      ? `The master key lies in ${store.dataFolder}/master.key and fits this database; keep a copy elsewhere.`
      : 'The master key fits this database.';
  return [fine('database', database), fine('master key', key)];
}

/** What commands left while no hub runs is chained now; only what cannot be is wrong. */
async function auditFinding({ db }: Hub): Promise<Finding> {
  const last = await lastCheckpoint(db);
  await chainAll(db).catch(() => {});
  if (await waitsTooLong(db)) {
    return wrong(
      'audit trail',
      'Entries have waited for more than 10 seconds to be chained, and cannot be now; the log of the hub says why.',
    );
  }
  const signed =
    last === undefined ? 'No checkpoint was signed yet' : `Signed to entry ${last.seq}`;
  return fine('audit trail', `Every entry is chained. ${signed}; "audit verify" looks at all.`);
}

async function connectionFindings(hub: Hub): Promise<Finding[]> {
  const known = await hub.automation.listConnections(theHub);
  const found = await Promise.all(
    known.map(async ({ id, name }): Promise<Finding[]> => {
      const what = `connection ${name}`;
      try {
        const ready = await readyConnection(hub, id);
        const secret = (await ready.secret?.current()) ?? null;
        const target = { ...ready, secret };
        const result = await hub.connections.probe(target, AbortSignal.timeout(probeMs));
        if (!result.ok) return [wrong(what, result.sentence)];
        const { missing, notes } = await rightsSaid(hub, target);
        return [
          fine(what, result.sentence),
          ...notes.map((sentence) => fine(what, sentence)),
          ...missing.map((sentence) => wrong(what, sentence)),
        ];
      } catch (error) {
        return [wrong(what, errorMessage(error))];
      }
    }),
  );
  return found.flat();
}

function fine(what: string, sentence: string): Finding {
  return { ok: true, what, sentence };
}

function wrong(what: string, sentence: string): Finding {
  return { ok: false, what, sentence };
}
