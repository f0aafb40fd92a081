// A server in a process of its own, asked over IPC for its address and for the CPU time it has spent.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

export type BenchServer = Disposable & {
  readonly base: Promise<URL>;
  cpuMicroseconds(): Promise<number>;
};

const Cpu = z.object({ cpu: z.object({ user: z.number(), system: z.number() }) });
const Base = z.object({ base: z.url() });

export function aServer(...given: string[]): BenchServer {
  const program = join(import.meta.dirname, '..', 'processes', 'users-server.ts');
  const child = fork(program, given, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    base: said(child).then((message) => new URL(Base.parse(message).base)),
    async cpuMicroseconds() {
      const answer = said(child);
      child.send('cpu');
      const { user, system } = Cpu.parse(await answer).cpu;
      return user + system;
    },
    [Symbol.dispose]: () => void child.disconnect(),
  };
}

function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}
