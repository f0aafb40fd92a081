// Lists: pages, order, search and filters, whatever is typed into them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDeskServer, type DeskServer, type Json } from '#test/desk/desk-server.ts';

const noon = new Date('2026-11-20T12:00:00Z');

const people = [
  { name: 'Ines Marlow', department: 'Quality', phonenumber: '+351 91 555-0101' },
  { name: 'ana Prata', department: 'Quality', emailaddress: 'ana.prata@larkfield.test' },
  { name: "Siobhán O'Hara", department: 'Sales', login: 'siobhan' },
  { name: '100% Wool_Blend', isserviceaccount: true },
  { name: 'Back\\slash', notes: 'none' },
  { name: 'Old Timer', inactive: true },
] as const;

describe('A list of people', () => {
  let desk: DeskServer;
  const names = async (query: string): Promise<string[]> => {
    const { status, body, text } = await desk.get(
      `/api/Users?client_id=${desk.larkfield.id}&${query}`,
    );
    assert.equal(status, 200, text);
    return body.users.map(({ name }: Json) => name);
  };
  before(async () => {
    desk = await aDeskServer({ clock: () => noon });
    const site_id = desk.larkfield.porto;
    const saved = await desk.post(
      '/api/Users',
      people.map((person) => ({ ...person, site_id })),
    );
    assert.equal(saved.status, 201, saved.text);
  });
  after(() => desk[Symbol.asyncDispose]());

  it('hides who left, unless asked', async () => {
    assert.equal((await names('')).includes('Old Timer'), false);
    assert.equal((await names('includeinactive=true')).includes('Old Timer'), true);
    assert.deepEqual(await names('includeinactive=true&includeactive=false'), ['Old Timer']);
    assert.deepEqual(await names('activeinactive=false,true'), ['Old Timer']);
    assert.deepEqual(await names('includeactive=false'), []);
  });

  it('is in the order asked for, and by name when none was', async () => {
    const usual = await names('');
    const down = await names('order=name&orderdesc=true');
    const two = await names('order=isserviceaccount&orderdesc=true&order2=name');

    assert.deepEqual(usual.slice(1, 3), ['ana Prata', 'Back\\slash']);
    assert.deepEqual(down, usual.toReversed());
    assert.deepEqual(two, usual);
  });

  for (const order of ['name; drop table tickets', "name'", 'id)--', 'extra', 'roles', '__proto__'])
    it(`cannot be ordered by ${order}`, async () => {
      const { status, body } = await desk.get(`/api/Users?order=${encodeURIComponent(order)}`);

      assert.equal(status, 400);
      assert.equal(body.code, 'list.unsortable');
    });

  it('finds what was typed, with wildcards and quotes as letters', async () => {
    const find = (text: string) => names(`search=${encodeURIComponent(text)}`);

    assert.deepEqual(await find('marlow'), ['Ines Marlow']);
    assert.deepEqual(await find("o'hara"), ["Siobhán O'Hara"]);
    assert.deepEqual(await find('100%'), ['100% Wool_Blend']);
    assert.deepEqual(await find('%'), ['100% Wool_Blend']);
    assert.deepEqual(await find('l_B'), ['100% Wool_Blend']);
    assert.deepEqual(await find('\\'), ['Back\\slash']);
    assert.deepEqual(await find('ana.prata@'), ['ana Prata']);
    assert.deepEqual(await find('siobhan'), ["Siobhán O'Hara"]);
    assert.deepEqual(await find("'; delete from desk_users; --"), []);
    assert.deepEqual(await find('x'.repeat(10_000)), []);
  });

  it('finds telephone numbers by their digits, when asked to look there', async () => {
    assert.deepEqual(await names('search=915550101'), []);
    assert.deepEqual(await names('search=915550101&search_phonenumbers=true'), ['Ines Marlow']);
  });

  it('refuses a search that no database can hold', async () => {
    const { status, body } = await desk.get('/api/Users?search=%00');

    assert.equal(status, 400);
    assert.equal(body.code, 'request.malformed');
  });

  it('takes what advanced_search can compare', async () => {
    const by = (filter_name: string, filter_type: number, filter_value?: unknown) =>
      names(
        `advanced_search=${encodeURIComponent(JSON.stringify([{ filter_name, filter_type, filter_value }]))}`,
      );

    assert.deepEqual(await by('name', 2, 'INES MARLOW'), ['Ines Marlow']);
    assert.deepEqual(await by('name', 1, '%'), ['100% Wool_Blend']);
    assert.deepEqual(await by('name', 4, 'ines'), ['Ines Marlow']);
    assert.deepEqual(await by('name', 5, 'slash'), ['Back\\slash']);
    assert.deepEqual(await by('notes', 2, 'none'), ['Back\\slash']);
    assert.deepEqual(await by('isserviceaccount', 2, 'true'), ['100% Wool_Blend']);
    assert.deepEqual(await by('login', 9), ["Siobhán O'Hara"]);
    assert.equal((await by('login', 8)).length, 4);
    assert.equal((await by('department', 3, 'Quality')).length, 3);
    assert.equal((await by('id', 6, 0)).length, 5);
    assert.equal((await by('ulastupdate', 7, '2026-11-20T12:00:00')).length, 0);
  });

  for (const [what, search] of [
    ['no JSON', '{'],
    ['no array', '{"filter_name":"name"}'],
    ['a wrong type of value', '[{"filter_name":"id","filter_type":2,"filter_value":"seven"}]'],
    ['an unknown type', '[{"filter_name":"id","filter_type":77,"filter_value":1}]'],
    ['SQL', '[{"filter_name":"id=1 or 1","filter_type":2,"filter_value":1}]'],
    [
      'a member of every object',
      '[{"filter_name":"constructor","filter_type":2,"filter_value":1}]',
    ],
    ['no value', '[{"filter_name":"name","filter_type":2}]'],
  ])
    it(`refuses an advanced_search that holds ${what}`, async () => {
      const { status, text } = await desk.get(
        `/api/Users?advanced_search=${encodeURIComponent(search ?? '')}`,
      );

      assert.equal(status, 400);
      assert.match(text, /Invalid advanced search parameter/);
    });

  it('filters by department, site, agents and kind of account', async () => {
    assert.deepEqual(await names('department=quality'), ['ana Prata', 'Ines Marlow']);
    assert.equal((await names(`site_id=${desk.larkfield.bristol}`)).length, 0);
    assert.deepEqual(await names('includenonserviceaccount=false'), ['100% Wool_Blend']);
    assert.equal((await names('includeserviceaccount=false')).includes('100% Wool_Blend'), false);
    assert.equal((await names('lastupdatefromdate=2026-11-20T12:00:01')).length, 0);
    assert.equal((await names('lastupdatefromdate=2026-11-20')).length, 5);
  });

  it('leaves the general user out when asked', async () => {
    const all = await desk.get('/api/Users');
    const without = await desk.get('/api/Users?exclude_generaluser=true');

    assert.equal(all.body.record_count - without.body.record_count, 1);
    assert.equal(
      without.body.users.some(({ id }: Json) => id === -1),
      false,
    );
  });

  it('gives ids alone, or as many rows as counted, and says how many there are', async () => {
    const ids = await desk.get('/api/Users?idonly=true');
    const two = await desk.get('/api/Users?count=2');

    assert.deepEqual(Object.keys(ids.body.users[0]), ['id']);
    assert.equal(two.body.users.length, 2);
    assert.equal(two.body.record_count, ids.body.record_count);
  });

  it('says how many there are also beyond the last page', async () => {
    const { body } = await desk.get('/api/Users?pageinate=true&page_size=4&page_no=9');

    assert.deepEqual(body.users, []);
    assert.equal(body.record_count, 6);
    assert.equal(body.page_no, 9);
  });

  it('shows the custom fields asked for and no others', async () => {
    const [ines] = (await desk.get('/api/Users?search=Marlow')).body.users;
    const saved = await desk.post('/api/Users', {
      id: ines.id,
      customfields: [
        { name: 'CFDesk', value: '4' },
        { name: 'CFStart', value: '2026-12-01' },
      ],
    });
    const desk4 = saved.body.customfields.find(({ name }: Json) => name === 'CFDesk');

    const { body } = await desk.get(`/api/Users?search=Marlow&include_custom_fields=${desk4.id}`);

    assert.deepEqual(body.users[0].customfields, [
      {
        ...{ id: desk4.id, name: 'CFDesk', label: 'CFDesk', type: 0, inputtype: 0 },
        ...{ isencrypted: false, value: '4', value_is_password_id: false, display: '4' },
      },
    ]);
  });

  for (const query of [
    'page_size=0&pageinate=true',
    'page_size=5001&pageinate=true',
    'page_no=0&pageinate=true',
    'page_no=99999999999',
    'count=-1',
    'client_id=one',
    'includeinactive=perhaps',
    'client_id=1&client_id=2',
  ])
    it(`refuses ${query} with the name of what is wrong`, async () => {
      const { status, body } = await desk.get(`/api/Users?${query}`);

      assert.equal(status, 400);
      assert.ok(body[query.split('=')[0] ?? ''], JSON.stringify(body));
    });
});

describe('A list of tickets', () => {
  let desk: DeskServer;
  let now = new Date('2026-11-01T09:00:00Z');
  const summaries = async (query: string): Promise<string[]> => {
    const { status, body, text } = await desk.get(`/api/Tickets?order=id&${query}`);
    assert.equal(status, 200, text);
    return body.tickets.map(({ summary }: Json) => summary);
  };
  before(async () => {
    desk = await aDeskServer({ clock: () => now });
    await desk.post('/api/Tickets', { summary: 'long closed', status_id: 9 });
    now = noon;
    await desk.post('/api/Tickets', [
      { summary: 'just closed', status_id: 9 },
      { summary: 'open', tickettype_id: 5, details: 'ring the bell' },
      { summary: 'waiting', status_id: 6, client_id: desk.larkfield.id, parent_id: 3 },
      { summary: 'deleted' },
    ]);
    await desk.delete('/api/Tickets/5?reason=a%20duplicate');
  });
  after(() => desk[Symbol.asyncDispose]());

  it('shows open ones and those closed not long ago', async () => {
    assert.deepEqual(await summaries(''), ['just closed', 'open', 'waiting']);
  });

  it('shows what was asked for', async () => {
    assert.deepEqual(await summaries('open_only=true'), ['open', 'waiting']);
    assert.deepEqual(await summaries('closed_only=true'), ['long closed', 'just closed']);
    assert.deepEqual(await summaries('includeclosed=0,1'), [
      ...['long closed', 'just closed', 'open', 'waiting'],
    ]);
    assert.deepEqual(await summaries('tickettype_id=5'), ['open']);
    assert.deepEqual(await summaries('status=9'), ['long closed', 'just closed']);
    assert.deepEqual(await summaries('status_id=6'), ['waiting']);
    assert.deepEqual(await summaries('includehold=1'), ['waiting']);
    assert.deepEqual(await summaries(`client_id=${desk.larkfield.id}`), ['waiting']);
    assert.deepEqual(await summaries('parent_id=3'), ['waiting']);
    assert.deepEqual(await summaries('ticketids=1,3'), ['long closed', 'open']);
    assert.deepEqual(await summaries('search=BELL'), ['open']);
    assert.deepEqual(await summaries('search_summary=wait'), ['waiting']);
    assert.deepEqual(await summaries('deleted=true'), ['deleted']);
  });

  it('searches by date as Halo names its dates', async () => {
    const before = 'datesearch=dateoccured&enddate=2026-11-01';
    const since = 'datesearch=datecleared&startdate=2026-11-20T11:59:59Z';

    assert.deepEqual(await summaries(before), ['long closed']);
    assert.deepEqual(await summaries(since), ['just closed']);
    assert.equal((await desk.get('/api/Tickets?datesearch=birthday')).status, 400);
    assert.equal((await desk.get('/api/Tickets?datesearch=dateclosed&enddate=soon')).status, 400);
  });

  it('gives the ids alone with what belongs to them', async () => {
    const { body } = await desk.get('/api/Tickets?ticketidonly=true');

    assert.deepEqual(Object.keys(body.tickets[0]), [
      'id',
      'sla_id',
      'status_id',
      'client_id',
      'client_name',
    ]);
  });

  it('keeps a deleted ticket, and says so', async () => {
    const { body } = await desk.get('/api/Tickets/5');

    assert.equal(body.deleted, true);
  });
});
