// A photo is shown to whoever may see the person, as the picture it is and as nothing else.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { theHub } from '#domain/actor.ts';
import { inTransaction } from '#store/db.ts';
import { anUpdate, aPhoto, created } from '#test/contracts/desk-people.ts';
import { aDeskServer, anActor, type DeskServer } from '#test/desk/desk-server.ts';
import { keepPhotos, sweepPhotos } from './photos.ts';
import { writePeople } from './write.ts';

describe('A photo', () => {
  let desk: DeskServer;
  let user: number;
  let agent: number;
  before(async () => {
    desk = await aDeskServer();
    const siteId = [String(desk.larkfield.bristol)];
    user = await created({ write }, 'user', { name: ['Ines Marlow'], siteId });
    agent = await created({ write }, 'agent', { name: ['Petra Quill'] });
    const [photo = ''] = await keepPhotos(desk.database.db, [aPhoto], new Date());
    await write([
      anUpdate('user', user, {}, { photo: [photo] }),
      anUpdate('agent', agent, {}, { photo: [photo] }),
    ]);
  });
  after(() => desk[Symbol.asyncDispose]());

  it('is given as the picture it is, under a tag of its own', async () => {
    for (const path of [`users/${user}`, `agents/${agent}`]) {
      const answer = await photoAt(path);

      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'image/jpeg');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('etag') ?? '', /^"[0-9a-f]{64}"$/);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), aPhoto);
    }
  });

  it('is not sent again to who has it', async () => {
    const etag = (await photoAt(`users/${user}`)).headers.get('etag') ?? '';

    const again = await photoAt(`users/${user}`, { 'if-none-match': etag });

    assert.equal(again.status, 304);
    assert.equal((await again.arrayBuffer()).byteLength, 0);
  });

  it('stands with the agent', async () => {
    const { body } = await desk.get(`/api/Agent/${agent}`);

    assert.equal(body.agentphotopath, `/v1/desk/agents/${agent}/photo`);
  });

  it('is nobody’s who may not see the person', async () => {
    const other = await created({ write }, 'user', {
      ...{ name: ['Tomas Reis'], siteId: [String(desk.larkfield.porto)] },
    });
    desk.admit(
      'other',
      anActor({ kind: 'user', userId: other, permissions: new Set(['read:tickets']) }),
    );
    desk.admit('elsewhere', anActor({ permissions: new Set(['read:customers']), clientId: 1 }));
    desk.admit('nothing', anActor({ permissions: new Set() }));

    const seen = await Promise.all(
      ['other', 'elsewhere', 'nothing', 'stranger'].map((as) =>
        desk.get(`/v1/desk/users/${user}/photo`, as),
      ),
    );

    assert.deepEqual(
      seen.map(({ status }) => status),
      [404, 404, 403, 401],
    );
    assert.equal((await desk.get(`/v1/desk/users/${other}/photo`)).status, 404);
  });

  it('is swept when nobody has had it for a month', async () => {
    const { db } = desk.database;
    const png = Buffer.from('89504e470d0a1a0a00', 'hex');
    await keepPhotos(db, [png], new Date('2026-01-01T00:00:00Z'));
    await sql`update photo_octets set kept_at = '2026-01-01T00:00:00Z'`.execute(db);

    assert.equal(await sweepPhotos(db, new Date('2026-01-20T00:00:00Z')), 0);
    assert.equal(await sweepPhotos(db, new Date('2026-03-01T00:00:00Z')), 1);
    assert.equal((await photoAt(`users/${user}`)).status, 200);
  });

  function photoAt(path: string, headers: Readonly<Record<string, string>> = {}) {
    return fetch(new URL(`/v1/desk/${path}/photo`, desk.url), {
      headers: { authorization: 'Bearer admin', ...headers },
    });
  }

  function write(changes: Parameters<typeof writePeople>[2]) {
    const { db } = desk.database;
    return inTransaction(db, (tx) =>
      writePeople(tx, { actor: theHub, clientId: null }, changes, new Date()),
    );
  }
});
