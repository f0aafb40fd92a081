// As start, with reload: the hub begins anew when its sources, the lab's or the built console change, and the
// console is built anew when its own do.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
mkdirSync(join(root, 'dist', 'console'), { recursive: true });

const watched = ['src', 'lab', join('dist', 'console')].map((path) => `--watch-path=${path}`);
const children = [
  begin(['node_modules/vite/bin/vite.js', 'build', 'console', '--watch', '--logLevel', 'warn']),
  begin([...watched, '--watch-preserve-output', 'src/main.ts', 'start', '--lab']),
];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal);
  });
}

function begin(words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit' });
  child.once('exit', (code) => {
    for (const other of children) if (other !== child) other.kill('SIGTERM');
    process.exitCode = code ?? 0;
  });
  return child;
}
