// Writes src/store/tables.ts: the types of every table, as a freshly migrated database has them.
// With --check it writes nothing and fails when the file is not fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tablesSource } from '#store/tables-source.ts';
import { aDatabase } from '#test/servers/database.ts';

const file = join(import.meta.dirname, '..', 'src', 'store', 'tables.ts');

await using database = await aDatabase();
const source = await tablesSource(database.pool);
const present = readFileSync(file, 'utf8');

if (source === present) {
  console.log('src/store/tables.ts is fresh.');
} else if (process.argv.includes('--check')) {
  console.error('src/store/tables.ts is not what the migrations make; run node scripts/tables.ts.');
  process.exitCode = 1;
} else {
  writeFileSync(file, source);
  console.log('src/store/tables.ts was written.');
}
