// Runs before every npm script: installs what is missing and builds the console when its sources are newer.
// Plain JavaScript without dependencies, because on a fresh clone nothing else is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

install();
buildConsole();

function install() {
  const stamp = join('node_modules', '.installed-lock');
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing packages (once; about half a minute) ...');
  const npm = process.env.npm_execpath;
  const words = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit'];
  const [command, args] = npm === undefined ? ['npm', words] : [process.execPath, [npm, ...words]];
  run(command, [...args, '--no-fund', '--loglevel=error'], 'The packages could not be installed');
  writeFileSync(stamp, lock);
}

function buildConsole() {
  if (!existsSync(join('console', 'index.html'))) return;
  const built = join('dist', 'console', 'index.html');
  const sources = [
    'console',
    'package-lock.json',
    join('src', 'features', 'automation', 'wire.ts'),
  ];
  if (existsSync(built) && Math.max(...sources.map(newest)) <= statSync(built).mtimeMs) return;
  console.log('Building the console ...');
  const node = join('node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const vite = join('node_modules', 'vite', 'bin', 'vite.js');
  run(node, [vite, 'build', 'console', '--logLevel', 'error'], 'The console could not be built');
}

function newest(path) {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return Math.max(facts.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function run(command, args, failed) {
  const result = spawnSync(command, args, { stdio: 'inherit' });
  if (result.status === 0) return;
  console.error(`${failed} (${result.error?.message ?? `exit ${result.status}`}).`);
  process.exit(1);
}
