// A lock between processes: whoever makes the folder has it; a dead holder's is taken over.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const waits = { timeoutMs: 180_000, pollMs: 100 } as const;

export async function lock(folder: string): Promise<Disposable> {
  const mine = `${process.pid}`;
  for (const end = Date.now() + waits.timeoutMs; Date.now() < end; await sleep(waits.pollMs)) {
    if (taken(folder, mine)) {
      return { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
    }
    if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true });
  }
  throw new Error(`${folder} stayed locked for ${waits.timeoutMs / 1000} s; remove it.`);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function taken(folder: string, mine: string): boolean {
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, 'pid'), mine);
    return true;
  } catch {
    return false;
  }
}

/** A folder without a pid is about to get one. */
function isAbandoned(folder: string): boolean {
  try {
    return !isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  } catch {
    return false;
  }
}
