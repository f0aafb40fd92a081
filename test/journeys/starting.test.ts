// How a hub starts in other ways than the usual: the lab as a web server alone, a second time, as an ordinary user.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aFolder, aHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { joinHub } from '#test/servers/starters.ts';

describe('The lab', () => {
  it('runs no sample in a web server, which has no workers; a second start says how to sign in', async () => {
    const dataFolder = join(aFolder(), 'data');
    try {
      {
        await using web = await aHub({ lab: true, role: 'web', dataFolder });
        await using hub = await joinHub(web);
        const plans = await hub.db.selectFrom('plans').select('id').execute();

        assert.deepEqual(plans, []);
        assert.doesNotMatch(web.printed(), /New starters at Larkfield Optics/);
        assert.match(
          web.printed(),
          /Sign in as admin@larkfield\.test with the password of SUNDOG_/,
        );
      }
      await using second = await aHub({ lab: true, dataFolder });

      assert.match(second.printed(), /New starters at Larkfield Optics/);
      assert.match(
        second.printed(),
        /Sign in as admin@larkfield\.test with the password you chose\./,
      );
    } finally {
      rmSync(join(dataFolder, '..'), { recursive: true, force: true });
    }
  });
});

const ordinary = 'nobody';

/** Their numbers, where this is root and there is such a user who can read the hub's program. */
function ordinaryUser(): { readonly uid: number; readonly gid: number } | string {
  if (process.getuid?.() !== 0) return 'only root can start a hub as somebody else';
  const [uid, gid] = ['-u', '-g'].map((option) =>
    Number.parseInt(spawnSync('id', [option, ordinary]).stdout?.toString() ?? '', 10),
  );
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) return `there is no user ${ordinary}`;
  const user = { uid: uid ?? 0, gid: gid ?? 0 };
  const main = join(import.meta.dirname, '..', '..', 'sundog.js');
  const reads = spawnSync('test', ['-r', main], user).status === 0;
  return reads ? user : `${ordinary} cannot read the program`;
}

const user = ordinaryUser();
const absent = typeof user === 'string' ? user : undefined;

describe('An ordinary user', { skip: skipWithout('an ordinary user', absent) }, () => {
  it('starts a hub with its database in a home of their own that nobody else may enter', async () => {
    if (typeof user === 'string') return;
    const home = mkdtempSync(join(tmpdir(), 'sundog-home-'));
    mkdirSync(join(home, 'hub'));
    for (const folder of [home, join(home, 'hub')]) {
      chownSync(folder, user.uid, user.gid);
      chmodSync(folder, 0o700);
    }
    const dataFolder = join(home, 'hub', 'data');
    try {
      await using hub = await aHub({ dataFolder, as: user, env: { HOME: home } });

      const ready = await fetch(new URL('/health/ready', hub.url));

      assert.equal(ready.status, 200);
      assert.equal(statSync(dataFolder).uid, user.uid);
      assert.equal(statSync(join(dataFolder, 'master.key')).mode & 0o777, 0o600);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
