// A lab's database and a real one are never taken for each other.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDatabase } from '#test/servers/database.ts';
import { agreeOnLab, labMark } from './lab-mark.ts';

const holdsSomething = async () => true;
const holdsNothing = async () => false;

describe('The mark of a lab', () => {
  it('is set on an empty database, and lets the lab in ever after', async () => {
    await using database = await aDatabase();

    await agreeOnLab(database.db, true, holdsNothing);
    await agreeOnLab(database.db, true, holdsSomething);

    assert.equal(await labMark(database.db), true);
  });

  it('keeps the real hub out', async () => {
    await using database = await aDatabase();
    await agreeOnLab(database.db, true, holdsNothing);

    await assert.rejects(agreeOnLab(database.db, false, holdsSomething), { code: 'lab.marked' });
  });

  it('is not set on a database that holds data', async () => {
    await using database = await aDatabase();

    await assert.rejects(agreeOnLab(database.db, true, holdsSomething), { code: 'lab.unmarked' });
    assert.equal(await labMark(database.db), false);
  });

  it('is not missed on a real database', async () => {
    await using database = await aDatabase();

    await agreeOnLab(database.db, false, holdsSomething);

    assert.equal(await labMark(database.db), false);
  });
});
