// Writes a generated file, or with --check fails when the one in the tree is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function writeGenerated(path: string, text: string): void {
  const file = join(import.meta.dirname, '..', path);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    return;
  }
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  console.error(`${path} is stale; run the script that generates it and commit the result.`);
  process.exitCode = 1;
}
