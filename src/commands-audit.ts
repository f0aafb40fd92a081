// The commands of the audit trail: verify it, export it, show its key, make a checkpoint.
import { existsSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { makeCheckpoint } from '#features/audit/checkpoints.ts';
import { type ExportFormat, exportFormats, exportTrail } from '#features/audit/export.ts';
import { auditKeys, ensureAuditKey } from '#features/audit/keys.ts';
import { type Verdict, verifyDatabase, verifyExport } from '#features/audit/verify.ts';
import { chainAll } from '#store/audit-chain.ts';
import { auditFileOf, auditPortsOf } from './audit-ports.ts';
import type { Words } from './commands.ts';
import { type Hub, withHub } from './hub.ts';
import { printJson, WrongUsage } from './print.ts';

export async function auditVerify({ options }: Words): Promise<void> {
  const from = number(options.from, '--from');
  const key = keyOf(options.key);
  const given = texts(options.checkpoint);
  for (const file of given) {
    if (!existsSync(file)) throw new WrongUsage(`There is no file ${file}.`);
  }
  const exported = options.export;
  if (typeof exported === 'string') {
    if (key === undefined)
      throw new WrongUsage('An export is verified with --key: the public key.');
    return say(await verifyExport(exported, { from, key, files: given }), options.json === true);
  }
  await withHub(async (hub) => {
    const ports = { db: hub.db, connectionString: hub.store.connectionString };
    await chainAll(hub.db);
    const files = given.length > 0 ? given : [auditFileOf(hub)];
    say(await verifyDatabase(ports, { from, key, files }), options.json === true);
  });
}

function say(verdict: Verdict, asJson: boolean): void {
  const { ok, from, count, checkpoints, bad, warnings } = verdict;
  if (!ok) process.exitCode = 1;
  const range = count === 0 ? '' : ` (${from} to ${from + count - 1})`;
  if (asJson) printJson(verdict);
  else if (bad !== null) console.log(`${bad.seq}: ${bad.sentence}`);
  else console.log(`${count} entries hold${range}, and so do ${checkpoints} checkpoints.`);
  if (!asJson) for (const warning of warnings) console.error(warning);
}

export async function auditExport({ options }: Words): Promise<void> {
  const format = exportFormats.find((one) => one === (options.format ?? 'ndjson'));
  if (format === undefined) {
    throw new WrongUsage(
      `There is no format ${String(options.format)}; there are ${exportFormats.join(', ')}.`,
    );
  }
  const from = number(options.from, '--from');
  await withHub((hub) => writeOut(hub, format, from));
}

async function writeOut({ db }: Hub, format: ExportFormat, from: number | undefined) {
  await pipeline(exportTrail(db, {}, { format, from }), process.stdout, { end: false });
}

export async function auditKey(): Promise<void> {
  await withHub(async (hub) => {
    await ensureAuditKey(hub, hub.clock());
    printJson({ keys: await auditKeys(hub.db) });
  });
}

export async function auditCheckpoint(): Promise<void> {
  await withHub(async (hub) => {
    const point = await makeCheckpoint(auditPortsOf(hub));
    if (point !== undefined) printJson(point);
    else
      console.log(
        'There is nothing new to sign since the last checkpoint, or the log says why not.',
      );
  });
}

/** The key itself, or a file that holds it. */
function keyOf(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  return existsSync(given) ? readFileSync(given, 'utf8') : given;
}

function texts(given: unknown): readonly string[] {
  const all = Array.isArray(given) ? given : [given];
  return all.filter((one) => typeof one === 'string');
}

function number(given: unknown, name: string): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new WrongUsage(`${name} takes a number from 1 on.`);
}
