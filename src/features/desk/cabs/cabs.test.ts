// Boards and their members, through Halo's dialect and as a directory fills them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { theHub } from '#domain/actor.ts';
import { deskPeopleOfTheHub } from '#features/desk/people/queries.ts';
import { writePeople } from '#features/desk/people/write.ts';
import { systemClock } from '#lib/clock.ts';
import { inTransaction } from '#store/db.ts';
import { aChange, anUpdate, codes, created, results } from '#test/contracts/desk-people.ts';
import { aDeskServer, anActor, type DeskServer, type Json } from '#test/desk/desk-server.ts';

describe('A board', () => {
  let desk: DeskServer;
  let board: number;
  let user: number;
  before(async () => {
    desk = await aDeskServer();
    board = (await desk.post('/api/Cab', { name: 'Network changes' })).body.id;
    user = await aUser('Ines Marlow', 'ines.marlow@larkfield.test');
  });
  after(() => desk[Symbol.asyncDispose]());

  it('names its members: users, agents, and people from outside', async () => {
    const agent = await desk.post('/api/Agent', {
      name: 'Petra Quill',
      email: 'petra@larkfield.test',
    });
    const { body: cab } = await desk.post('/api/Cab', { name: 'Plant changes' });
    for (const who of [
      { user_id: user },
      { agent_id: agent.body.id, is_mandatory: true },
      { member_name: 'Ola Hart', emailaddress: 'ola@supplier.test' },
    ]) {
      const { status, text } = await desk.post('/api/CabMember', { cab_id: cab.id, ...who });
      assert.equal(status, 201, text);
    }

    const { body } = await desk.get(`/api/Cab/${cab.id}`);

    assert.deepEqual(
      body.members.map((one: Json) => [one.member_name, one.emailaddress, one.is_mandatory]),
      [
        ['Ines Marlow', 'ines.marlow@larkfield.test', false],
        ['Petra Quill', 'petra@larkfield.test', true],
        ['Ola Hart', 'ola@supplier.test', false],
      ],
    );
  });

  it('takes a member of no board, of nobody, of two at once, and one twice, in no case', async () => {
    const refused = await Promise.all(
      [
        { user_id: user },
        { cab_id: board },
        { cab_id: 2_000_000_000, user_id: user },
        { cab_id: board, user_id: 2_000_000_000 },
        { cab_id: board, user_id: user, agent_id: 1 },
      ].map((body) => desk.post('/api/CabMember', body)),
    );
    await desk.post('/api/CabMember', { cab_id: board, user_id: user });
    const twice = await desk.post('/api/CabMember', { cab_id: board, user_id: user });

    assert.deepEqual(
      [...refused, twice].map(({ status }) => status),
      Array(6).fill(400),
    );
    assert.match(twice.text, /record.taken|has this/);
  });

  it('is changed by administrators alone, and seen by no user', async () => {
    desk.admit('agent', anActor({ permissions: new Set(['read:tickets']) }));
    desk.admit(
      'person',
      anActor({ kind: 'user', userId: user, permissions: new Set(['read:tickets']) }),
    );

    assert.equal((await desk.post('/api/Cab', { name: 'Mine' }, 'agent')).status, 403);
    assert.equal((await desk.get('/api/Cab', 'agent')).status, 200);
    assert.deepEqual((await desk.get('/api/CabMember', 'person')).body, []);
  });

  it('is not shown to an application of one client, for people of others sit there too', async () => {
    const { body: cab } = await desk.post('/api/Cab', { name: 'Shared changes' });
    const { body: member } = await desk.post('/api/CabMember', { cab_id: cab.id, user_id: user });
    const permissions = new Set(['read:tickets'] as const);
    const clientId = desk.larkfield.id;
    desk.admit('of larkfield', anActor({ kind: 'application', clientId, permissions }));

    const [boards, members, one, seat] = await Promise.all(
      ['/api/Cab', '/api/CabMember', `/api/Cab/${cab.id}`, `/api/CabMember/${member.id}`].map(
        (path) => desk.get(path, 'of larkfield'),
      ),
    );

    assert.deepEqual([boards?.body, members?.body], [[], []]);
    assert.deepEqual([one?.status, seat?.status], [404, 404]);
  });

  it('is joined by whom a directory names, who is the user of that address', async () => {
    const { body: cab } = await desk.post('/api/Cab', { name: 'Directory changes' });
    const people = deskPeopleOfTheHub(desk.database.db, systemClock, null);
    const email = ['INES.MARLOW@larkfield.test'];
    const cabId = [String(cab.id)];
    const member = await created({ write }, 'cab-member', { name: ['Ines Marlow'], email, cabId });
    await created({ write }, 'cab-member', { name: ['Not A User'], cabId });

    const found = await people.findBy('cab-member', [{ field: 'email', values: email }], ['cabId']);
    const twice = await write([
      aChange('cab-member', 'create', { after: { name: ['Ines Marlow'], email, cabId } }),
      aChange('cab-member', 'create', { after: { name: ['Nowhere'], cabId: ['2000000000'] } }),
      aChange('cab-member', 'create', { after: { name: ['Boardless'] } }),
    ]);

    const { body } = await desk.get(`/api/CabMember?cab_id=${cab.id}`);
    assert.deepEqual(
      body.map((one: Json) => one.user_id),
      [user, null],
    );
    assert.ok(found.some(({ id, fields }) => id === member && fields.cabId?.[0] === cabId[0]));
    assert.deepEqual(codes(twice), ['record.taken', 'person.misfit', 'record.incomplete']);
  });

  it('is left and joined again by the same member', async () => {
    const { body: cab } = await desk.post('/api/Cab', { name: 'Coming and going' });
    const member = await created({ write }, 'cab-member', {
      ...{ name: ['Rui Prata'], email: ['rui@larkfield.test'], cabId: [String(cab.id)] },
    });
    const size = async () => (await desk.get(`/api/Cab/${cab.id}`)).body.members.length;

    const off = await write([aChange('cab-member', 'disable', { id: member })]);
    const without = await size();
    const on = await write([
      aChange('cab-member', 'enable', { id: member }),
      anUpdate('cab-member', member, { name: ['Rui Prata'] }, { name: ['Rui Prata Lopes'] }),
    ]);

    assert.deepEqual([results(off), results(on)], [['done'], ['done', 'done']]);
    assert.deepEqual([without, await size()], [0, 1]);
  });

  it('takes back by hand whom the directory took off, and then not a second time from there', async () => {
    const { body: cab } = await desk.post('/api/Cab', { name: 'Put back by hand' });
    const cabId = [String(cab.id)];
    const email = ['ines.marlow@larkfield.test'];
    const member = await created({ write }, 'cab-member', { name: ['Ines Marlow'], email, cabId });
    const other = await created({ write }, 'cab-member', { name: ['Rui Prata'], cabId });
    await write([aChange('cab-member', 'disable', { id: member })]);

    const byHand = await desk.post('/api/CabMember', { cab_id: cab.id, user_id: user });
    const back = await write([
      aChange('cab-member', 'enable', { id: member }),
      aChange('cab-member', 'disable', { id: other }),
    ]);

    assert.equal(byHand.status, 201, byHand.text);
    assert.deepEqual(results(back), ['failed', 'done']);
    assert.deepEqual(codes(back).filter(Boolean), ['record.taken']);
  });

  async function aUser(name: string, emailaddress: string): Promise<number> {
    const given = { name, emailaddress, site_id: desk.larkfield.porto };
    return (await desk.post('/api/Users', given)).body.id;
  }

  function write(changes: Parameters<typeof writePeople>[2]) {
    const { db } = desk.database;
    return inTransaction(db, (tx) =>
      writePeople(tx, { actor: theHub, clientId: null }, changes, new Date()),
    );
  }
});
