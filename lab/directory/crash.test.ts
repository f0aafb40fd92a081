// The lab's directory killed in the middle of its work: what it confirmed is there, once, and nothing is half there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { administrator, type DirectoryServer } from '#test/servers/directory-server.ts';
import { labDirectoryIn } from '#test/servers/lab-directory.ts';
import { addWithPassword, found } from '#test/servers/ldap-client.ts';

const kills = 5;
const script = join(import.meta.dirname, '..', '..', 'test', 'processes', 'lab-directory.ts');
const Said = z.object({
  ports: z.object({ ldap: z.int(), ldaps: z.int() }),
  caPem: z.string(),
});

describe('The lab directory, killed with -9 again and again', () => {
  it('keeps every account it confirmed, each exactly once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sundog-lab-'));
    await using whole = await labDirectoryIn(folder);
    await whole.directory[Symbol.asyncDispose]();
    const confirmed: string[] = [];
    const tried: string[] = [];

    for (let round = 0; round < kills; round += 1) {
      await addUntilKilled(folder, whole, round, { confirmed, tried });
    }
    await using server = await labDirectoryIn(folder);

    await using client = await administrator(server);
    const there = await found(client, `OU=Porto,${server.people}`, '(cn=Crash *)');
    assert.ok(confirmed.length > kills, `${confirmed.length} confirmed`);
    assert.deepEqual(
      confirmed.filter((cn) => !there.includes(cn)),
      [],
    );
    assert.equal(new Set(there).size, there.length);
    assert.ok(there.every((cn) => tried.includes(cn)));
    await rm(folder, { recursive: true, force: true });
  });
});

/** Starts the server in a process, adds accounts as fast as it takes them, and kills it in between. */
async function addUntilKilled(
  folder: string,
  like: DirectoryServer,
  round: number,
  { confirmed, tried }: { readonly confirmed: string[]; readonly tried: string[] },
): Promise<void> {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  const said = Said.parse(JSON.parse(String(line)));
  await using client = await administrator({ ...like, ...said });
  const killAfter = 3 + round * 4;
  for (let n = 0; n < killAfter * 3; n += 1) {
    const cn = `Crash ${round} ${n}`;
    tried.push(cn);
    if (n === killAfter) setImmediate(() => child.kill('SIGKILL'));
    try {
      await addWithPassword(client, `CN=${cn},OU=Porto,${like.people}`, {
        objectClass: 'user',
        sAMAccountName: `crash.${round}.${n}`,
        userAccountControl: '512',
        unicodePwd: 'Interferometer-7',
      });
      confirmed.push(cn);
    } catch {
      break;
    }
  }
  child.kill('SIGKILL');
  await exited;
}
