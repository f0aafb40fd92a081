// Types, format, lint, layers and the freshness of every generated file; a line each, exit 1 if any fails.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const node = process.execPath;
const tsc = ['node_modules/typescript/bin/tsc', '-p'];
const biome = join(
  root,
  'node_modules',
  '@biomejs',
  `cli-${process.platform}-${process.arch}`,
  'biome',
);

/** Each check: what it is called, and the command that fails when it does not hold. */
const checks: readonly (readonly [string, string, readonly string[]])[] = [
  ['types of hub, lab and tests', node, [...tsc, '.']],
  ['types of the console', node, [...tsc, 'console']],
  ['format and lint', biome, ['check', '--diagnostic-level=warn', '.']],
  ['layers', node, ['--test', '--test-reporter=dot', 'test/architecture.test.ts']],
  ['docs/settings.md is fresh', node, ['scripts/settings-docs.ts', '--check']],
  ['docs/commands.md is fresh', node, ['scripts/commands-docs.ts', '--check']],
  ['docs/actions.md is fresh', node, ['scripts/actions-docs.ts', '--check']],
  ['docs/problems.md is fresh', node, ['scripts/problems-docs.ts', '--check']],
  ['docs/halo-codes.md is fresh', node, ['scripts/codes-docs.ts', '--check']],
  ['docs/saml-checks.md is fresh', node, ['scripts/saml-checks-docs.ts', '--check']],
  ['docs/openapi.json is fresh', node, ['scripts/openapi.ts', '--check']],
  ['src/store/tables.ts is fresh', node, ['scripts/tables.ts', '--check']],
];

let failed = 0;
for (const [name, command, args] of checks) {
  const result = existsSync(command)
    ? spawnSync(command, args, { cwd: root, encoding: 'utf8' })
    : { status: 1, stdout: '', stderr: `${command} is not installed` };
  console.log(`${result.status === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
  if (result.status === 0) continue;
  failed += 1;
  console.log(`${result.stdout}${result.stderr}`);
}
if (failed > 0) console.error(`${failed} of ${checks.length} checks failed.`);
process.exit(failed === 0 ? 0 : 1);
