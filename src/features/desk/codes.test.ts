// The hub's own lookup lists: what the integers of Halo's models mean here.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { codeRows, firstOwnLookup, haloCodes } from '#domain/halo-codes.ts';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';

describe('The integer codes that Halo does not document', () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
  });
  after(() => desk[Symbol.asyncDispose]());

  it('are lookups like any others', async () => {
    const { lookupId, codes } = haloCodes.PasswordObjectType;

    const listed = await desk.get(`/api/Lookup?lookupid=${lookupId}`);
    const single = await desk.get(`/api/Lookup/1?lookupid=${lookupId}`);

    assert.deepEqual(
      listed.body.map(({ id, name }: { id: number; name: string }) => ({ code: id, name })),
      codes.map(({ code, name }) => ({ code, name })),
    );
    assert.equal(single.body.value2, codes[1].meaning);
  });

  it('have numbers of their own, each code once', () => {
    const ids = Object.values(haloCodes).map(({ lookupId }) => lookupId);
    const rows = codeRows().map(({ lookupId, code }) => `${lookupId}/${code}`);

    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => id >= firstOwnLookup));
    assert.equal(new Set(rows).size, rows.length);
  });

  it('are nobody’s to change, add to or delete', async () => {
    const list = haloCodes.PasswordObjectType.lookupId;

    const added = await desk.post('/api/Lookup', { lookupid: list, name: 'biscuit tin' });
    const changed = await desk.post('/api/Lookup', { lookupid: list, id: 1, name: 'biscuit tin' });
    const deleted = await desk.delete(`/api/Lookup/1?lookupid=${list}`);

    assert.equal(added.status, 400);
    assert.equal(changed.status, 404);
    assert.equal(deleted.status, 404);
    assert.equal((await desk.get(`/api/Lookup?lookupid=${list}`)).body.length, 5);
  });
});
