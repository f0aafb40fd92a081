// What is written down when something changes, and what holds when many change at once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDeskServer, anApplication, type DeskServer, type Json } from '#test/desk/desk-server.ts';

let desk: DeskServer;
before(async () => {
  desk = await aDeskServer();
  desk.admit('joiner', anApplication(['all']));
});
after(() => desk[Symbol.asyncDispose]());

describe('The audit trail of the desk', () => {
  it('tells who made, changed and deleted a person: one entry for each changed field', async () => {
    const made = await save('Users', { name: 'Ines Marlow', site_id: desk.larkfield.porto });
    await save('Users', {
      id: made.id,
      title: 'Engineer',
      notes: 'By the window',
      name: 'Ines Marlow',
      customfields: [{ name: 'CFDesk', value: '4' }],
    });
    await desk.delete(`/api/Users/${made.id}`, 'joiner');

    const told = await entries('user', made.id);
    assert.deepEqual(
      told.map(({ action, field, before, after: value }) => [action, field, before, value]),
      [
        ['user.created', null, null, null],
        ['user.updated', 'title', null, 'Engineer'],
        ['user.updated', 'notes', null, 'By the window'],
        ['user.updated', 'CFDesk', null, '4'],
        ['user.deleted', null, null, null],
      ],
    );
    for (const entry of told) {
      assert.equal(entry.actor_kind, 'application');
      assert.equal(entry.actor_name, 'Joiner script');
      assert.equal(entry.subject_name, 'Ines Marlow');
      assert.equal(entry.outcome, 'done');
    }
  });

  it('says nothing when nothing changed, and leaves the time of the last change', async () => {
    const made = await save('Users', {
      name: 'Ana Prata',
      site_id: 2,
      lastlogindate: '2026-01-01T00:00:00',
    });

    const again = await save('Users', { ...made });

    assert.equal((await entries('user', made.id)).length, 1);
    assert.equal(again.ulastupdate, made.ulastupdate);
  });

  it('tells what an action did to its ticket, and why a ticket was deleted', async () => {
    const ticket = await save('Tickets', { summary: 'Badge lost' });
    await save('Actions', { ticket_id: ticket.id, outcome_id: 6, note: 'Found' });
    await desk.delete(`/api/Tickets/${ticket.id}?reason=asked%20twice`, 'joiner');

    const told = await entries('ticket', ticket.id);
    const changed = told.filter(({ action }) => action === 'ticket.updated');
    assert.deepEqual(
      changed.map(({ field, before }) => [field, before]),
      [
        ['status_id', '1'],
        ['dateclosed', null],
      ],
    );
    assert.equal(told.at(-1)?.action, 'ticket.deleted');
    assert.equal(told.at(-1)?.because, 'asked twice');
    assert.equal((await entries('action', `${ticket.id}/1`)).length, 1);
  });

  it('keeps nothing of what was refused', async () => {
    const before = await count();

    await desk.post('/api/Users', [{ name: 'First', site_id: 2 }, { name: 'Second' }], 'joiner');

    assert.equal(await count(), before);
  });
});

describe('Many at once', () => {
  it('change one person field by field, and lose nothing', async () => {
    const { id } = await save('Users', { name: 'Rui Prata', site_id: 2 });
    const fields = ['other1', 'other2', 'other3', 'other4', 'other5', 'title', 'fax', 'notes'];

    await Promise.all(fields.map((field) => save('Users', { id, [field]: field })));

    const { body } = await desk.get(`/api/Users/${id}`);
    for (const field of fields) assert.equal(body[field], field);
    assert.equal((await entries('user', id)).length, 1 + fields.length);
  });

  it('change the same two people in opposite order, and all are answered', async () => {
    const one = (await save('Users', { name: 'One', site_id: 2 })).id;
    const two = (await save('Users', { name: 'Two', site_id: 2 })).id;

    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, at) => {
        const both = [
          { id: one, other1: `${at}` },
          { id: two, other1: `${at}` },
        ];
        return desk.post('/api/Users', at % 2 === 0 ? both : both.toReversed(), 'joiner');
      }),
    );

    assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([201]));
  });

  it('add actions to one ticket, each with a number of its own', async () => {
    const { id } = await save('Tickets', { summary: 'Busy' });

    const told = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        save('Actions', { ticket_id: id, outcome_id: 7, note: `note ${at}` }),
      ),
    );

    const ids = told.map((action) => action.id).sort((a, b) => a - b);
    assert.deepEqual(
      ids,
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });

  it('bring a new custom field, and there is one of it', async () => {
    const users = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        save('Users', {
          name: `Person ${at}`,
          site_id: 2,
          customfields: [{ name: at % 2 === 0 ? 'CFShoe' : 'cfshoe', value: at }],
        }),
      ),
    );

    const ids = users.map(
      ({ customfields }) => customfields.find(({ name }: Json) => /^cfshoe$/i.test(name)).id,
    );
    assert.equal(new Set(ids).size, 1);
  });

  it('add entries to one lookup list, each with a number of its own', async () => {
    const added = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        desk.post('/api/Lookup', { lookupid: 77, name: `${at}` }),
      ),
    );

    assert.equal(new Set(added.map(({ body }) => body.id)).size, 8);
  });
});

async function save(path: string, body: object): Promise<Json> {
  const reply = await desk.post(`/api/${path}`, body, 'joiner');
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

async function entries(kind: string, id: number | string): Promise<Json[]> {
  const { rows } = await desk.database.pool.query(
    `select * from audit_entries e join audit_texts x on x.entry_id = e.id
     where subject_kind = $1 and subject_id = $2 order by e.id`,
    [kind, String(id)],
  );
  return rows;
}

async function count(): Promise<number> {
  const { rows } = await desk.database.pool.query('select count(*) as n from audit_entries');
  return rows[0].n;
}
