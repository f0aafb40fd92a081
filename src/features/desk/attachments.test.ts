// Attachments: what may be put where, who sees it, and that a browser never runs it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDeskServer, anApplication, type DeskServer, type Json } from '#test/desk/desk-server.ts';

describe('An attachment', () => {
  let desk: DeskServer;
  let ines: number;
  let ticket: number;

  before(async () => {
    desk = await aDeskServer();
    const user = await desk.post('/api/Users', {
      ...{ name: 'Ines Marlow', site_id: desk.larkfield.porto },
    });
    ines = user.body.id;
    ticket = (await desk.post('/api/Tickets', { summary: 'Badge', user_id: ines })).body.id;
    desk.admit('ines', {
      ...{ kind: 'user', id: String(ines), name: 'Ines Marlow', userId: ines },
      permissions: new Set(['read:tickets', 'edit:tickets', 'read:customers']),
    });
    const client = await desk.post('/api/Client', { name: 'Bright & Daughters' });
    desk.admit('other', anApplication(['all'], { clientId: client.body.id }));
    desk.admit('assets', anApplication(['edit:assets', 'read:tickets']));
  });
  after(() => desk[Symbol.asyncDispose]());

  const attach = (more: object = {}, as?: string) =>
    desk.post(
      '/api/Attachment',
      [{ ticket_id: ticket, filename: 'badge.html', data_base64: page, ...more }],
      as,
    );
  const page = Buffer.from('<script>alert(1)</script>').toString('base64');

  it('comes as base64, stands in the list without its bytes, and is given back whole', async () => {
    const made = await attach({ note: 'front' });
    const listed = await desk.get(`/api/Attachment?ticket_id=${ticket}`);
    const single = await desk.get(`/api/Attachment/${made.body.id}`);

    assert.equal(made.status, 201, made.text);
    const [row] = listed.body.attachments;
    assert.deepEqual([row.filename, row.filesize, row.type], ['badge.html', 25, 1]);
    assert.equal('data' in row, false);
    assert.equal(single.body.data, page);
    assert.equal(single.body.unique_id, ticket);
  });

  it('is saved by a browser and never run', async () => {
    const { body } = await attach({ filename: '../"Rüde".html' });

    const file = await fetch(new URL(body.download_url, desk.url), {
      headers: { authorization: 'Bearer admin' },
    });

    assert.equal(await file.text(), '<script>alert(1)</script>');
    assert.equal(file.headers.get('content-type'), 'application/octet-stream');
    const disposition = file.headers.get('content-disposition') ?? '';
    assert.match(disposition, /^attachment; filename="_R_de_\.html"; filename\*=UTF-8''%22R/);
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
    assert.match(file.headers.get('content-security-policy') ?? '', /sandbox/);
  });

  it('is seen by whoever sees its ticket, and by nobody else', async () => {
    const { body: shown } = await attach();
    const { body: hidden } = await attach({ showforusers: false });
    const note = { ticket_id: ticket, outcome_id: 7, note: 'secret', hiddenfromuser: true };
    const action = await desk.post('/api/Actions', note);
    const { body: noted } = await attach({ action_id: action.body.id });

    const own = await desk.get('/api/Attachment', 'ines');

    const ids = own.body.attachments.map(({ id }: Json) => id);
    assert.ok(ids.includes(shown.id) && !ids.includes(hidden.id) && !ids.includes(noted.id));
    for (const path of [`${shown.id}`, `${shown.id}/file`]) {
      assert.equal((await desk.get(`/api/Attachment/${path}`, 'other')).status, 404);
    }
    assert.deepEqual((await desk.get('/api/Attachment', 'other')).body.attachments, []);
    assert.equal((await desk.get(`/api/Attachment/${hidden.id}/file`, 'ines')).status, 404);
  });

  it('belongs to a client, site, user or asset as well', async () => {
    const kinds = [
      { type: 2, unique_id: desk.larkfield.id },
      { type: 3, unique_id: desk.larkfield.porto },
      { type: 4, unique_id: ines },
    ];

    for (const place of kinds) {
      const made = await attach({ ticket_id: null, ...place });
      assert.equal(made.status, 201, made.text);
      assert.deepEqual([made.body.type, made.body.unique_id], [place.type, place.unique_id]);
    }
  });

  it('goes with the right to change its owner alone', async () => {
    const { body } = await attach();

    const refused = await Promise.all([
      attach({}, 'assets'),
      desk.post('/api/Attachment', { id: body.id, note: 'mine' }, 'assets'),
      desk.delete(`/api/Attachment/${body.id}`, 'assets'),
      desk.delete(`/api/Attachment/${body.id}`, 'ines'),
      attach({ ticket_id: null, type: 2, unique_id: desk.larkfield.id }, 'ines'),
    ]);
    const foreign = await attach({}, 'other');
    const own = await attach({}, 'ines');

    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403, 403, 403, 403],
    );
    assert.equal(foreign.status, 404);
    assert.equal(own.status, 201, own.text);
  });

  it('is refused without a name, bytes or an owner there is', async () => {
    const refused = await Promise.all([
      attach({ filename: ' ' }),
      attach({ filename: '..' }),
      attach({ data_base64: null }),
      attach({ data_base64: 'ä' }),
      attach({ ticket_id: null }),
      attach({ ticket_id: 99_999 }),
      attach({ action_id: 99_999 }),
      attach({ ticket_id: null, type: 9, unique_id: 1 }),
    ]);

    for (const { status, body } of refused) assert.ok([400, 404].includes(status), body.Message);
  });

  it('larger than the limit is refused with the limit', async () => {
    const { status, body } = await attach({
      data_base64: Buffer.alloc(20 * 1024 * 1024 + 1).toString('base64'),
    });

    assert.equal(status, 413);
    assert.match(body.Message, /20 MB/);
  });
});
