// Runs every specification this machine can run, three files at a time, and says which real servers were absent.
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { aDatabase } from '#test/servers/database.ts';
import { sambaRuns, stopSamba } from '#test/servers/samba.ts';

const root = join(import.meta.dirname, '..');
/** One more than the cores of a small machine: the files wait for servers, and the cores shall not. */
const concurrency = 3;
const asked = process.argv.slice(2);
const files = globSync(asked.length > 0 ? asked : ['{src,lab,test,console}/**/*.test.ts'], {
  cwd: root,
})
  // The journeys are the longest: begun first, none of them is left to run alone at the end.
  .toSorted()
  .toReversed();
const absences = join(root, '.test-state', 'absent');
rmSync(absences, { recursive: true, force: true });

if (files.length === 0) {
  console.error(`No specification fits ${asked.join(' ')}.`);
  process.exit(2);
}

// What Node made of the sources for one file serves the others: half a second of each.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled');

// The domain controller is shared between the files; whoever started it stops it.
const sambaRanBefore = await sambaRuns();
// So is the database server: it would stop and start again whenever for a moment no file has a database.
const database = files.length > 1 ? await aDatabase() : undefined;
const stream = run({ files: files.map((file) => join(root, file)), concurrency });
stream.on('test:fail', () => {
  process.exitCode = 1;
});
stream.compose(new spec()).pipe(process.stdout);
stream.once('end', () => setImmediate(finish));

async function finish(): Promise<void> {
  await database?.[Symbol.asyncDispose]();
  if (!sambaRanBefore) await stopSamba();
  const absent = existsSync(absences) ? readdirSync(absences) : [];
  for (const name of absent) {
    const why = readFileSync(join(absences, name), 'utf8').trim();
    console.log(`Absent: ${name} (${why}). \`npm run servers\` installs it.`);
  }
}
