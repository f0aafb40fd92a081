// The command line as people use it: a process of its own, on the data folder of a hub that runs or does not.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { hubEnvironment } from './hub.ts';

export type Said = {
  readonly code: number | null;
  readonly printed: string;
  readonly complained: string;
  /** What it printed, parsed; throws when that is no JSON object. */
  json(): Readonly<Record<string, unknown>>;
};

export type Told = {
  readonly dataFolder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it is called from; / when left out. */
  readonly from?: string;
};

const program = join(import.meta.dirname, '..', '..', 'sundog.js');
/** A command that hangs is a failure, and says so. */
const commandMs = 90_000;

export async function sundog(told: Told, ...words: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: told.from ?? '/',
    env: { ...hubEnvironment(told.dataFolder), ...told.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: commandMs,
  });
  const printed: Buffer[] = [];
  const complained: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => printed.push(data));
  child.stderr.on('data', (data: Buffer) => complained.push(data));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const out = Buffer.concat(printed).toString();
  return {
    code,
    printed: out,
    complained: Buffer.concat(complained).toString(),
    json: () => z.looseObject({}).parse(JSON.parse(out)),
  };
}
