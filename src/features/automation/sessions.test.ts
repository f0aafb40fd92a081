import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Directory, DirectoryRefusal } from '#domain/ports/directory.ts';
import { aMemoryDirectory } from '#test/faults/memory-directory.ts';
import { openSessions, type SessionLimits } from './sessions.ts';

const limits: SessionLimits = { perConnection: 2, idleMs: 10_000, ageMaxMs: 300_000 };

describe('The sessions of a directory', () => {
  it('are one for everybody at work, however many', async () => {
    const counted = opener();
    await using sessions = openSessions(counted.open, limits);

    const seen = await Promise.all([1, 2, 3].map(() => sessions.withDirectory('ad', same)));

    assert.equal(new Set(seen).size, 1);
    assert.deepEqual(counted.counts, { opened: 1, closed: 0 });
  });

  it('let only so many work at once', async () => {
    await using sessions = openSessions(opener().open, limits);
    const ends = [1, 2, 3].map(() => Promise.withResolvers<void>());
    let running = 0;
    let most = 0;
    const work = ends.map(({ promise }) =>
      sessions.withDirectory('ad', async () => {
        running += 1;
        most = Math.max(most, running);
        await promise;
        running -= 1;
      }),
    );

    for (const { resolve } of ends) {
      await turn();
      resolve();
    }
    await Promise.all(work);

    assert.equal(most, 2);
  });

  it('that lost their server serve nobody else, and are closed when the last has left', async () => {
    const counted = opener();
    await using sessions = openSessions(counted.open, limits);
    const end = Promise.withResolvers<void>();
    const other = sessions.withDirectory('ad', async () => await end.promise);
    const lost = new DirectoryRefusal('directory.unreachable', 'The directory is gone.', true);

    await assert.rejects(
      sessions.withDirectory('ad', () => Promise.reject(lost)),
      lost,
    );
    const closedEarly = counted.counts.closed;
    await sessions.withDirectory('ad', same);
    end.resolve();
    await other;
    await turn();

    assert.equal(closedEarly, 0);
    assert.deepEqual(counted.counts, { opened: 2, closed: 1 });
  });

  it('go on after a refusal that is about one account alone', async () => {
    const counted = opener();
    await using sessions = openSessions(counted.open, limits);
    const taken = new DirectoryRefusal('name.taken', 'The name is taken.', false);

    await assert.rejects(
      sessions.withDirectory('ad', () => Promise.reject(taken)),
      taken,
    );
    await sessions.withDirectory('ad', same);

    assert.deepEqual(counted.counts, { opened: 1, closed: 0 });
  });

  it('that could not be opened are opened anew for the next', async () => {
    const memory = aMemoryDirectory();
    let tries = 0;
    await using sessions = openSessions(async () => {
      tries += 1;
      if (tries === 1) throw new DirectoryRefusal('directory.unreachable', 'No answer.', true);
      return memory.open();
    }, limits);

    await assert.rejects(sessions.withDirectory('ad', same), /No answer/);

    await sessions.withDirectory('ad', same);
    assert.equal(tries, 2);
  });

  it('are closed when they rest, when they are old, and when the hub ends', async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.after(() => mock.timers.reset());
    const counted = opener();

    {
      await using sessions = openSessions(counted.open, { ...limits, ageMaxMs: 0 });
      await sessions.withDirectory('ad', same);
      await sessions.withDirectory('ad', same);
      assert.deepEqual(counted.counts, { opened: 2, closed: 1 });
      mock.timers.tick(limits.idleMs);
      await turn();
      assert.deepEqual(counted.counts, { opened: 2, closed: 2 });
      await sessions.withDirectory('ad', same);
    }

    assert.deepEqual(counted.counts, { opened: 3, closed: 3 });
  });
});

async function same(directory: Directory): Promise<Directory> {
  await turn();
  return directory;
}

function opener() {
  const counts = { opened: 0, closed: 0 };
  const memory = aMemoryDirectory();
  const open = async (): Promise<Directory> => {
    counts.opened += 1;
    const directory = await memory.open();
    return {
      ...directory,
      async [Symbol.asyncDispose]() {
        counts.closed += 1;
      },
    };
  };
  return { counts, open };
}
