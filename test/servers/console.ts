// The console as the hub serves it: built when its sources are newer than what was built.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const built = join(root, 'dist', 'console', 'index.html');
const sources = [
  'console',
  join('src', 'features', 'applications', 'wire.ts'),
  join('src', 'features', 'audit', 'wire.ts'),
  join('src', 'features', 'automation', 'wire.ts'),
  join('src', 'features', 'directories', 'run-wire.ts'),
  join('src', 'features', 'directories', 'wire.ts'),
  join('src', 'features', 'impersonation', 'wire.ts'),
  join('src', 'features', 'secret-links'),
  join('src', 'features', 'key-vaults', 'wire.ts'),
  join('src', 'features', 'keys', 'wire.ts'),
  join('src', 'features', 'password-reset', 'console-wire.ts'),
  join('src', 'features', 'sso', 'attempts', 'wire.ts'),
  join('src', 'features', 'sso', 'linking', 'wire.ts'),
  join('src', 'features', 'sign-in', 'wire.ts'),
  join('src', 'features', 'sign-in', 'sign-on-buttons.ts'),
  join('src', 'features', 'sso', 'applications', 'answers.ts'),
];

/** Call before a hub starts: it reads the console once. */
export function buildConsole(): void {
  const newest = Math.max(...sources.map((path) => newestIn(join(root, path))));
  if (existsSync(built) && newest <= statSync(built).mtimeMs) return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const words = [vite, 'build', 'console', '--logLevel', 'error'];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The console could not be built:\n${stderr}`);
}

function newestIn(path: string): number {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return Math.max(facts.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
