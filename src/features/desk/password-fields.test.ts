// Password fields: sealed one by one, and never in the open.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { theHub } from '#domain/actor.ts';
import { deskOfTheHub } from '#features/desk/hub-desk.ts';
import { systemClock } from '#lib/clock.ts';
import type { DeskServer, Json } from '#test/desk/desk-server.ts';
import {
  aPasswordDesk,
  fieldOf,
  type PasswordDesk,
  secret,
  types,
} from '#test/desk/password-desk.ts';

let stage: PasswordDesk;
let desk: DeskServer;
before(async () => {
  stage = await aPasswordDesk();
  desk = stage.desk;
});
after(() => stage[Symbol.asyncDispose]());

async function valuesKept(): Promise<number> {
  const { rows } = await desk.database.pool.query('select 1 from password_values');
  return rows.length;
}

describe('The password of a field', () => {
  it('is masked wherever its record is read: its value is an id', async () => {
    const { body } = await desk.get(`/api/Users/${stage.ines}`);
    const listed = await desk.get(
      `/api/Users?search=Marlow&include_custom_fields=${stage.fields.user}`,
    );

    const field = fieldOf(body, stage.fields.user);
    assert.equal(field.value_is_password_id, true);
    assert.equal(typeof field.value, 'number');
    assert.equal(field.display, '••••••••');
    assert.equal(field.isencrypted, true);
    assert.ok(!listed.text.includes(secret));
    assert.deepEqual(fieldOf(listed.body.users[0], stage.fields.user).value, field.value);
  });

  it('is shown by a POST to who may, as it was set', async () => {
    const shown = await stage.reveal(types.user, stage.ines, stage.fields.user, 'revealer');

    assert.equal(shown.status, 201, shown.text);
    assert.deepEqual(shown.body, {
      object_type: 4,
      object_id: stage.ines,
      field_id: stage.fields.user,
      value: secret,
      object: 4,
      _warning: null,
    });
  });

  it('is kept for tickets, clients, sites and assets as well, each under its own number', async () => {
    const { bristol, id: client } = desk.larkfield;
    const ticket = await desk.post('/api/Tickets', {
      summary: 'Door code',
      customfields: [{ id: stage.fields.ticket, value: 'of the ticket' }],
    });
    await desk.post('/api/Client', {
      id: client,
      customfields: [{ id: stage.fields.client, value: 'of the client' }],
    });
    await desk.post('/api/Site', {
      id: bristol,
      customfields: [{ id: stage.fields.site, value: 'of the site' }],
    });

    const asset = await desk.post('/api/Asset', {
      assettype_id: 2,
      site_id: bristol,
      inventory_number: 'LT-0042',
      customfields: [{ id: stage.fields.asset, value: 'of the asset' }],
    });

    const shown = await desk.post('/api/PasswordField', [
      { object_type: 0, object_id: ticket.body.id, field_id: stage.fields.ticket },
      { object_type: 1, object_id: client, field_id: stage.fields.client },
      { object_type: 2, object_id: bristol, field_id: stage.fields.site },
      { object_type: 3, object_id: asset.body.id, field_id: stage.fields.asset },
    ]);

    assert.deepEqual(
      shown.body.map(({ value }: Json) => value),
      ['of the ticket', 'of the client', 'of the site', 'of the asset'],
    );
  });

  it('stands in no table in the open, and the domain’s users do not even have its id', async () => {
    const kept = await stage.everythingKept();
    const ported = await deskOfTheHub(desk.database.db, theHub, systemClock).findUser(stage.ines);

    assert.ok(kept.length > 10_000, 'the tables were read');
    assert.ok(kept.includes('Ines Marlow'));
    for (const spelling of [secret, Buffer.from(secret).toString('hex')]) {
      assert.ok(!kept.includes(spelling));
    }
    assert.deepEqual(
      ported?.customFields.filter(({ name }) => name === 'CFcode4'),
      [],
    );
  });

  it('is changed by a new text, left alone by what was read, and destroyed by null', async () => {
    const id = await stage.aUser('Hugo Prat', 'first');
    const before = await desk.get(`/api/Users/${id}`);
    const idBefore = fieldOf(before.body, stage.fields.user).value;

    const echoed = await desk.post('/api/Users', before.body);
    const masked = await desk.post('/api/Users', {
      id,
      customfields: [{ id: stage.fields.user, value: '••••••••' }],
    });
    const changed = await desk.post('/api/Users', {
      id,
      customfields: [{ id: stage.fields.user, value: 'second' }],
    });
    const shown = await stage.reveal(types.user, id, stage.fields.user);
    const kept = await valuesKept();
    const cleared = await desk.post('/api/Users', {
      id,
      customfields: [{ id: stage.fields.user, value: null }],
    });
    const gone = await stage.reveal(types.user, id, stage.fields.user);

    assert.equal(fieldOf(echoed.body, stage.fields.user).value, idBefore, echoed.text);
    assert.equal(fieldOf(masked.body, stage.fields.user).value, idBefore);
    assert.notEqual(fieldOf(changed.body, stage.fields.user).value, idBefore);
    assert.equal(shown.body.value, 'second');
    assert.equal(fieldOf(cleared.body, stage.fields.user).display, null);
    assert.equal(await valuesKept(), kept - 1);
    assert.equal(gone.status, 404);
  });

  it('goes with its record, also with a ticket that is only marked as deleted', async () => {
    const id = await stage.aUser('Vera Stahl', 'to be deleted');
    const ticket = await desk.post('/api/Tickets', {
      summary: 'Safe',
      customfields: [{ id: stage.fields.ticket, value: 'of the safe' }],
    });
    const kept = await valuesKept();

    const [one, other] = [
      await desk.delete(`/api/Users/${id}`),
      await desk.delete(`/api/Tickets/${ticket.body.id}`),
    ];

    assert.deepEqual([one.status, other.status], [200, 200], one.text);
    assert.equal(await valuesKept(), kept - 2);
    assert.equal(fieldOf(other.body, stage.fields.ticket).value, null);
  });

  it('is told in the history as changed, never from what to what', async () => {
    const id = await stage.aUser('Rosa Lindqvist');
    for (const value of ['one-of-rosa', 'two-of-rosa', null]) {
      await desk.post('/api/Users', { id, customfields: [{ id: stage.fields.user, value }] });
    }

    const { rows } = await desk.database.pool.query(
      `select e.field, t.before, t.after, t.because from audit_entries e
       join audit_texts t on t.entry_id = e.id
       where e.subject_kind = 'user' and e.subject_id = $1 and e.action = 'user.updated' order by e.id`,
      [String(id)],
    );
    assert.deepEqual(
      rows,
      ['set', 'changed', 'cleared'].map((what) => ({
        field: 'CFcode4',
        before: null,
        after: null,
        because: `the password was ${what}`,
      })),
    );
  });

  it('is found by no search, filter or order', async () => {
    const searches = await Promise.all([
      desk.get('/api/Users?search=canary-Zx9'),
      desk.get(
        `/api/Users?advanced_search=${encodeURIComponent(JSON.stringify([{ filter_name: 'CFcode4', filter_type: 1, filter_value: 'canary' }]))}`,
      ),
      desk.get('/api/Users?order=CFcode4'),
      desk.get('/api/Users?order=customfields'),
    ]);

    assert.deepEqual(
      searches.map(({ status }) => status),
      [200, 400, 400, 400],
    );
    assert.equal(searches[0]?.body.record_count, 0);
  });

  it('does not open in another record’s place', async () => {
    const other = await stage.aUser('Lena Brook', 'of lena');
    const { pool } = desk.database;
    await pool.query(
      `update password_values v set sealed_value = (select sealed_value from password_values
         where definition_id = $1 and object_id = $2) where definition_id = $1 and object_id = $3`,
      [stage.fields.user, stage.ines, other],
    );

    const shown = await stage.reveal(types.user, other, stage.fields.user);

    assert.equal(shown.status, 500);
    assert.ok(!shown.text.includes(secret));
  });
});

describe('Setting a password', () => {
  it('takes texts of a reasonable length without control characters', async () => {
    const set = (value: unknown) =>
      desk.post('/api/Users', { id: stage.ines, customfields: [{ id: stage.fields.user, value }] });

    const answers = await Promise.all([
      set('x'.repeat(4_001)),
      set('a\u0000b'),
      set({ password: secret }),
      set(true),
      set(123_456),
      desk.post('/api/Users', {
        id: stage.ines,
        customfields: [{ id: stage.fields.user, value: '77', value_is_password_id: true }],
      }),
    ]);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400, 400, 400, 400],
    );
    assert.ok(!answers.some(({ text }) => text.includes(secret)));
    assert.equal(
      (await stage.reveal(types.user, stage.ines, stage.fields.user)).body.value,
      secret,
    );
  });

  it('never lands in the open: a field is a password or it is not', async () => {
    const plain = await desk.post('/api/CustomField', { name: 'CFplain', usage: 4 });
    const mistaken = await desk.post('/api/Users', {
      id: stage.ines,
      customfields: [{ id: plain.body.id, inputtype: 6, value: secret }],
    });
    const brought = await desk.post('/api/Users', {
      id: stage.ines,
      customfields: [{ name: 'CFbrought', inputtype: 6, value: secret }],
    });

    assert.equal(mistaken.status, 400);
    assert.match(mistaken.text, /in the open/);
    const field = brought.body.customfields.find(({ name }: Json) => name === 'CFbrought');
    assert.equal(field.value_is_password_id, true);
    assert.ok(!(await stage.everythingKept()).includes(secret));
  });

  it('is for tickets, clients, sites, assets and users, and for lines of text', async () => {
    const answers = await Promise.all([
      desk.post('/api/CustomField', { name: 'CFno', usage: 7, inputtype: 6 }),
      desk.post('/api/CustomField', { name: 'CFno', usage: 1002, inputtype: 6 }),
      desk.post('/api/CustomField', { name: 'CFno', usage: 4, inputtype: 6, type: 7 }),
      desk.post('/api/CustomField', { name: 'CFasset', usage: 5, inputtype: 6 }),
    ]);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400, 201],
    );
  });
});
