// What every test of a real server asks first: is it here, and may the test be skipped when it is not?
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const absences = join(import.meta.dirname, '..', '..', '.test-state', 'absent');

/** CI sets SUNDOG_TEST_SERVERS=required: there an absent server fails the tests that need it. */
export function serversRequired(): boolean {
  return process.env.SUNDOG_TEST_SERVERS === 'required';
}

/**
 * The `skip` of a test that needs the server: why it is skipped, noted for the end of the run; or false,
 * so that the test runs, and fails with the same words where servers are required.
 */
export function skipWithout(server: string, why: string | undefined): string | false {
  if (why === undefined || serversRequired()) return false;
  mkdirSync(absences, { recursive: true });
  writeFileSync(join(absences, server), `${why}\n`);
  return `${server} is absent: ${why}`;
}
