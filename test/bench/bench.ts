// Runs every benchmark (or the ones named) and prints them beside their references; `npm run bench -- NAME`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditTrail } from './audit.ts';
import { auditPages } from './audit-pages.ts';
import { createAccounts } from './create-accounts.ts';
import { directoryFaults } from './directory-faults.ts';
import { directorySync } from './directory-sync.ts';
import { faults } from './faults.ts';
import { keyFaults } from './key-faults.ts';
import { oidc } from './oidc.ts';
import { planning } from './planning.ts';
import { resetIndistinguishable } from './reset-indistinguishable.ts';
import type { Bench, Row } from './row.ts';
import { saml } from './saml.ts';
import { secretLinks } from './secret-links.ts';
import { sessions } from './sessions.ts';
import { start } from './start.ts';
import { tokens } from './tokens.ts';
import { usersOverHttp } from './users-over-http.ts';

// The processes that benchmarks start are no slower for reading the same sources again.
process.env.NODE_COMPILE_CACHE ??= join(
  import.meta.dirname,
  ...['..', '..', 'node_modules', '.cache', 'compiled'],
);

const all: readonly Bench[] = [
  createAccounts,
  planning,
  start,
  usersOverHttp,
  tokens,
  secretLinks,
  faults,
  keyFaults,
  auditTrail,
  auditPages,
  resetIndistinguishable,
  saml,
  sessions,
  oidc,
  directorySync,
  directoryFaults,
];

const asked = process.argv.slice(2);
const chosen = all.filter((bench) => asked.length === 0 || asked.includes(bench.name));
if (chosen.length === 0) {
  console.error(
    `There is no benchmark ${asked.join(', ')}; there are ${all.map((b) => b.name).join(', ')}.`,
  );
  process.exit(2);
}

const rows: Row[] = [];
for (const bench of chosen) {
  console.log(`${bench.name} ...`);
  const result = await bench.run();
  if ('absent' in result) console.log(`  left out: ${result.absent}`);
  else rows.push(...result);
}

const folder = join(import.meta.dirname, '..', '..', 'bench');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'results.json'), `${JSON.stringify(rows, null, 2)}\n`);
print(rows);
if (rows.some((row) => !row.ok)) process.exitCode = 1;

function print(table: readonly Row[]): void {
  const head = ['', 'what', 'value', 'reference', 'ratio', 'goal'];
  const body = table.map((row) => [
    row.ok ? 'ok' : 'MISSED',
    row.name,
    `${rounded(row.value)} ${row.unit}`,
    row.referenceValue === null ? '' : `${rounded(row.referenceValue)} (${row.reference})`,
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.goal,
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0)),
  );
  for (const cells of [head, ...body]) {
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
