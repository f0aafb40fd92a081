// Starts test/processes/links-server.ts and lets a test kill it.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { LinksHub } from './links.ts';

const Said = z.object({ base: z.url() });

export type LinksProcess = Disposable & {
  readonly base: URL;
  /** Resolves when a claim is committed and nothing of it is answered yet. */
  readonly claimed: Promise<void>;
  kill(): Promise<void>;
};

export async function aLinksProcess(
  hub: Pick<LinksHub, 'database' | 'time'>,
  options: { readonly waitsMs?: number } = {},
): Promise<LinksProcess> {
  const program = join(import.meta.dirname, '..', 'processes', 'links-server.ts');
  const words = [
    hub.database.connectionString.reveal(),
    String(options.waitsMs ?? 0),
    hub.time.now.toISOString(),
  ];
  const child = fork(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const base = await new Promise<URL>((resolve, reject) => {
    child.once('message', (message) => resolve(new URL(Said.parse(message).base)));
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}.`)));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const claimed = new Promise<void>((resolve) => child.once('message', () => resolve()));
  return {
    base,
    claimed,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
