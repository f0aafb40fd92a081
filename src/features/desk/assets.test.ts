// Assets with their types and fields, and who sees them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDeskServer, anApplication, type DeskServer, type Json } from '#test/desk/desk-server.ts';

describe('An asset', () => {
  let desk: DeskServer;
  let other: { readonly id: number; readonly site: number };
  let laptop: number;

  before(async () => {
    desk = await aDeskServer();
    const client = await desk.post('/api/Client', { name: 'Bright & Daughters' });
    other = { id: client.body.id, site: client.body.main_site_id };
    const type = await desk.post('/api/AssetType', { name: 'Laboratory laptop' });
    laptop = type.body.id;
    await desk.post('/api/Field', { name: 'Serial', parenttype_id: laptop, mandatory: true });
    desk.admit('bound', anApplication(['edit:assets'], { clientId: desk.larkfield.id }));
  });
  after(() => desk[Symbol.asyncDispose]());

  const aLaptop = (more: object = {}, as?: string) =>
    desk.post(
      '/api/Asset',
      {
        ...{ assettype_id: laptop, site_id: desk.larkfield.porto, inventory_number: 'L-1' },
        ...{ fields: [{ name: 'serial', value: 'XK-7' }], ...more },
      },
      as,
    );

  it('has the fields its type asks for, by number or name', async () => {
    const made = await aLaptop();
    const [field] = made.body.fields;

    const changed = await desk.post('/api/Asset', {
      id: made.body.id,
      fields: [{ id: field.id, value: 'XK-8' }],
    });

    assert.equal(made.status, 201, made.text);
    assert.equal(field.value, 'XK-7');
    assert.equal(changed.body.fields[0].value, 'XK-8');
    assert.equal(changed.body.assettype_name, 'Laboratory laptop');
    assert.equal(changed.body.client_id, desk.larkfield.id);
  });

  it('keeps neither orders nor secrets that stand in records inside it', async () => {
    const inside = { inventory_number: 'L-1-1', _dontupdatetype: true, new_password: 'Harbour-7!' };
    const { body } = await aLaptop({ children: [inside] });

    const read = await desk.get(`/api/Asset/${body.id}`);
    assert.deepEqual(read.body.children, [{ inventory_number: 'L-1-1' }]);
  });

  it('gets a number where it comes without one', async () => {
    const one = await aLaptop({ inventory_number: null });
    const two = await aLaptop({ inventory_number: ' ' });

    assert.match(one.body.inventory_number, /^A\d{5}$/);
    assert.notEqual(one.body.inventory_number, two.body.inventory_number);
  });

  it('tells its history field by field', async () => {
    const made = await aLaptop({ inventory_number: 'L-2' });

    await desk.post('/api/Asset', { id: made.body.id, fields: [{ name: 'Serial', value: 'new' }] });
    await desk.post('/api/Asset', { id: made.body.id, fields: [{ name: 'Serial', value: 'new' }] });

    const entries = await desk.database.db
      .selectFrom('audit_entries')
      .selectAll()
      .where('subject_kind', '=', 'asset')
      .where('subject_id', '=', String(made.body.id))
      .where('action', '=', 'asset.updated')
      .execute();
    assert.equal(entries.length, 1, 'the second change was none');
  });

  it('needs its mandatory fields, a type, a site and a status there are', async () => {
    const refused = await Promise.all([
      aLaptop({ fields: [] }),
      aLaptop({ fields: [{ name: 'Colour', value: 'red' }] }),
      aLaptop({ assettype_id: 99_999 }),
      aLaptop({ site_id: 99_999 }),
      aLaptop({ status_id: 99 }),
      aLaptop({ users: [{ id: 99_999 }] }),
      aLaptop({ parent_id: 99_999 }),
      aLaptop({ fields: [{ name: 'Serial', value: { deep: 1 } }] }),
    ]);

    for (const { status, body } of refused) assert.ok([400, 404].includes(status), body.Message);
  });

  it('is used by people, who alone see it besides agents', async () => {
    const ines = await desk.post('/api/Users', {
      ...{ name: 'Ines Marlow', site_id: desk.larkfield.porto },
    });
    const made = await aLaptop({ users: [{ id: ines.body.id }], inventory_number: 'L-3' });
    desk.admit('ines', {
      ...{ kind: 'user', id: String(ines.body.id), name: 'Ines Marlow', userId: ines.body.id },
      permissions: new Set(['read:assets']),
    });

    const own = await desk.get('/api/Asset', 'ines');
    const byUser = await desk.get(`/api/Asset?user_id=${ines.body.id}`);

    assert.deepEqual(own.body.assets.map(idOf), [made.body.id]);
    assert.deepEqual(byUser.body.assets.map(idOf), [made.body.id]);
    assert.equal(made.body.username, 'Ines Marlow');
  });

  it('is what tickets of its client are about', async () => {
    const one = await aLaptop({ inventory_number: 'L-7' });
    const two = await aLaptop({ inventory_number: 'L-8' });
    const foreign = await aLaptop({ site_id: other.site, inventory_number: 'B-7' });
    const site_id = desk.larkfield.porto;
    const assets = [{ id: one.body.id }, { id: two.body.id }];
    const ticket = await desk.post('/api/Tickets', { summary: 'Noise', site_id, assets });
    const { id } = ticket.body;

    const less = await desk.post('/api/Tickets', { id, assets: [{ id: two.body.id }] });
    const same = await desk.post('/api/Tickets', { id, summary: 'Much noise' });
    const refused = await Promise.all(
      [foreign.body.id, 99_999].map((strange) =>
        desk.post('/api/Tickets', { id, assets: [{ id: two.body.id }, { id: strange }] }),
      ),
    );

    assert.deepEqual(ticket.body.assets.map(idOf), [one.body.id, two.body.id]);
    assert.deepEqual(less.body.assets.map(idOf), [two.body.id]);
    assert.deepEqual(same.body.assets.map(idOf), [two.body.id]);
    assert.equal(less.body.assets[0].assettype_name, 'Laboratory laptop');
    for (const { status, body } of refused) assert.equal(status, 400, body.Message);
    const now = await desk.get(`/api/Tickets/${id}`);
    assert.deepEqual(now.body.assets.map(idOf), [two.body.id]);
    const of = await desk.get(`/api/Asset?ticket_id=${id}`);
    assert.deepEqual(of.body.assets.map(idOf), [two.body.id]);
    const about = await desk.get(`/api/Tickets?asset_id=${two.body.id}`);
    assert.deepEqual(about.body.tickets.map(idOf), [id]);
    const entries = await desk.database.db
      .selectFrom('audit_entries')
      .select(['field', 'subject_id'])
      .where('subject_kind', '=', 'ticket')
      .where('subject_id', '=', String(id))
      .where('field', '=', 'assets')
      .execute();
    assert.equal(entries.length, 2);
  });

  it('of another client is nobody’s who is bound to one', async () => {
    const foreign = await aLaptop({ site_id: other.site, inventory_number: 'B-1' });
    const theirs = await desk.post('/api/Users', { name: 'Nora Bright', site_id: other.site });
    const own = await aLaptop({ inventory_number: 'L-4' });

    const seen = await desk.get(`/api/Asset/${foreign.body.id}`, 'bound');
    const moved = await desk.post('/api/Asset', { ...own.body, site_id: other.site }, 'bound');
    const lent = await aLaptop({ users: [{ id: theirs.body.id }] }, 'bound');
    const under = await aLaptop({ parent_id: foreign.body.id }, 'bound');
    const deleted = await desk.delete(`/api/Asset/${foreign.body.id}`, 'bound');

    assert.equal(seen.status, 404);
    assert.equal(moved.status, 403);
    assert.equal(lent.status, 400);
    assert.equal(under.status, 400);
    assert.equal(deleted.status, 404);
  });

  it('keeps its type from being deleted, and says by what', async () => {
    await aLaptop({ inventory_number: 'L-5' });

    const deleted = await desk.delete(`/api/AssetType/${laptop}`);

    assert.equal(deleted.status, 400);
    assert.match(deleted.body.Message, /used by assets/);
  });

  it('wants edit:assets to be changed and read:assets to be seen', async () => {
    desk.admit('tickets', anApplication(['edit:tickets']));

    assert.equal((await desk.get('/api/Asset', 'tickets')).status, 403);
    assert.equal((await aLaptop({}, 'tickets')).status, 403);
  });
});

function idOf({ id }: Json): number {
  return id;
}
