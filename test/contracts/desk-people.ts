// What people of a desk by the hundred keep to, whether they are the hub's own tables or a Halo over HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import {
  type DeskPeople,
  type DeskPerson,
  type KnownPeople,
  nobodyKnown,
} from '#domain/ports/desk-people.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Json } from '#test/desk/desk-server.ts';

/** A desk to try, and a way to change it behind the back of whoever syncs into it. */
export type PeopleOnTrial = AsyncDisposable & {
  readonly people: DeskPeople;
  write(changes: readonly Change[], known?: KnownPeople): Promise<ReadonlyMap<string, Outcome>>;
  /** Makes what is read afterwards as fresh as it is after a sync has begun anew. */
  refresh(): Promise<void>;
  readonly siteId: number;
  readonly otherSiteId: number;
  /** A remote Halo takes no photos, and says in its own words what does not fit. */
  readonly isRemote: boolean;
  /** Halo's dialect, as an administrator of that desk. */
  post(path: string, body: object): Promise<Json>;
  get(path: string): Promise<Json>;
  delete(path: string): Promise<void>;
};

/** As many as a sync hands over at once. */
const crowd = 1_000;

export function deskPeopleContract(name: string, open: () => Promise<PeopleOnTrial>): void {
  describe(`${name}, as the people of a desk`, () => {
    let trial: PeopleOnTrial;
    before(async () => {
      trial = await open();
    });
    after(async () => {
      await trial[Symbol.asyncDispose]();
    });
    const opened = () => trial;
    creating(opened);
    changing(opened);
    finding(opened);
    agentsContract(opened);
    misfits(opened);
    crowds(opened);
  });
}

function creating(opened: () => PeopleOnTrial): void {
  it('creates a user with everything the directory says', async () => {
    const { people, siteId } = opened();
    const id = await created(opened(), 'user', { ...ines, siteId: [String(siteId)] });

    const [found] = await people.find('user', [id], Object.keys(ines));

    assert.deepEqual(found?.fields, { ...ines });
    assert.equal(found?.active, true);
    assert.equal(found?.name, 'Ines Marlow');
  });

  it('creates nobody whom something that they are found by finds already', async () => {
    const { people, siteId } = opened();
    const mail = 'Petra.Voss@larkfield.test';
    const after = { name: ['Petra Voss'], email: [mail], siteId: [String(siteId)] };
    const id = await created(opened(), 'user', after);
    const again = aChange('user', 'create', { after });
    const another = aChange('user', 'create', { after: { ...after, email: ['p@larkfield.test'] } });
    const keys = new Map([
      [again.id, [`email=${mail.toLowerCase()}`]],
      [another.id, ['login=petra', 'email=p@larkfield.test']],
    ]);

    const set = await opened().write([again, another], { ...nobodyKnown, keys });
    const found = await people.findBy('user', [{ field: 'email', values: [mail] }], []);

    assert.deepEqual(set.get(again.id), {
      result: 'conflict',
      because: `Petra Voss (${id}) is in ${again.system} by now, found by email`,
    });
    assert.equal(set.get(another.id)?.result, 'done');
    assert.deepEqual(
      found.map((one) => one.id),
      [id],
    );
  });

  it('makes a name of its parts', async () => {
    const { people, siteId } = opened();
    const parts = { firstName: ['Rui'], surname: ['Prata'], siteId: [String(siteId)] };

    const id = await created(opened(), 'user', parts);

    assert.equal((await people.find('user', [id], []))[0]?.name, 'Rui Prata');
  });

  it('fills custom fields by name, and defines those that are not there', async () => {
    const { people, siteId } = opened();
    const custom = { 'custom:CFBadge': ['0451'], 'custom:CF Größe': ['M'] };

    const id = await created(opened(), 'user', {
      ...{ name: ['Ola Hart'], siteId: [String(siteId)] },
      ...custom,
    });

    const [found] = await people.find('user', [id], Object.keys(custom));
    assert.deepEqual(found?.fields, custom);
  });

  it('keeps letters of every script, quotes and wildcards as they are', async () => {
    const { people, siteId } = opened();
    const name = `Zoë O'Hara-Łukasz "50%_\\" 木村 \u{1f52d} e\u0301\u202e`;

    const id = await created(opened(), 'user', { name: [name], siteId: [String(siteId)] });

    assert.equal((await people.find('user', [id], []))[0]?.name, name);
  });

  it('says who somebody reports to, and nobody any more', async () => {
    const { people, siteId } = opened();
    const at = { siteId: [String(siteId)] };
    const boss = await created(opened(), 'user', {
      ...{ name: ['Clara Boss'], email: ['clara.boss@larkfield.test'], ...at },
    });
    const id = await created(opened(), 'user', { name: ['Tomas Reis'], ...at });

    const told = aManager('user', id, { entryId: 'e-boss', was: null });
    const set = await opened().write([told], {
      ...nobodyKnown,
      managers: new Map([[told.id, boss]]),
    });
    const after = await people.find('user', [id], ['manager']);
    const shown = await opened().get(`/api/Users/${id}`);
    await opened().post('/api/Users', { id, manager_email: shown.manager_email, title: 'Buyer' });
    const emptied = await opened().write([aManager('user', id, { entryId: null, was: boss })]);

    assert.equal(set.get(told.id)?.result, 'done');
    assert.deepEqual(after[0]?.fields, { manager: [String(boss)] });
    assert.equal(shown.manager_email, 'clara.boss@larkfield.test');
    assert.deepEqual(results(emptied), ['done']);
    assert.deepEqual((await people.find('user', [id], ['manager']))[0]?.fields, {});
  });

  it('waits for a manager who is not in the desk', async () => {
    const id = await aUser(opened());

    const outcomes = await opened().write([
      aManager('user', id, { entryId: 'e-stranger', was: null }),
    ]);

    assert.deepEqual(codes(outcomes), ['person.no-manager']);
  });

  it('shows a photo that was put by', async () => {
    const { people, isRemote } = opened();
    const [photo = '', none] = await people.keepPhotos([aPhoto, Buffer.from('<svg onload=1>')]);
    const id = await aUser(opened());

    const outcomes = await opened().write([anUpdate('user', id, {}, { photo: [photo] })]);

    assert.equal(none, undefined);
    assert.deepEqual(results(outcomes), ['done']);
    const shown = isRemote ? {} : { photo: [photo] };
    assert.deepEqual((await people.find('user', [id], ['photo']))[0]?.fields, shown);
  });
}

function changing(opened: () => PeopleOnTrial): void {
  it('changes only the fields it was given, and empties what is empty', async () => {
    const { people, siteId, otherSiteId } = opened();
    const id = await created(opened(), 'user', { ...ines, siteId: [String(siteId)] });

    const outcomes = await opened().write([
      anUpdate(
        'user',
        id,
        { title: ines.title, mobile: ines.mobile, siteId: [String(siteId)] },
        { title: ['Quality Lead'], mobile: [], siteId: [String(otherSiteId)] },
      ),
    ]);

    const [found] = await people.find('user', [id], [...Object.keys(ines), 'siteId']);
    const { mobile, ...rest } = ines;
    assert.deepEqual(results(outcomes), ['done']);
    assert.deepEqual(found?.fields, {
      ...{ ...rest, title: ['Quality Lead'], siteId: [String(otherSiteId)] },
    });
    assert.equal(mobile.length, 1);
  });

  it('skips what is so already', async () => {
    const id = await aUser(opened(), { title: ['Buyer'] });

    const outcomes = await opened().write([
      anUpdate('user', id, { title: ['Clerk'] }, { title: ['Buyer'] }),
    ]);

    assert.deepEqual([...outcomes.values()], [{ result: 'skipped', because: 'it is already so' }]);
  });

  it('leaves alone what somebody changed meanwhile, and names the field', async () => {
    const { people } = opened();
    const id = await aUser(opened(), { title: ['Buyer'] });
    await opened().post('/api/Users', { id, title: 'Head of purchasing' });

    const outcomes = await opened().write([
      anUpdate('user', id, { title: ['Buyer'] }, { title: ['Clerk'] }),
    ]);

    await opened().refresh();
    const [outcome] = outcomes.values();
    assert.equal(outcome?.result, 'conflict');
    assert.match(outcome?.result === 'conflict' ? outcome.because : '', /title/);
    assert.deepEqual((await people.find('user', [id], ['title']))[0]?.fields, {
      title: ['Head of purchasing'],
    });
  });

  it('takes a text of nothing but blanks for none, and writes over it', async () => {
    const { people } = opened();
    const id = await aUser(opened(), { title: ['Buyer'] });
    await opened().post('/api/Users', { id, title: '  ' });
    await opened().refresh();
    const [blank] = await people.find('user', [id], ['title']);

    const outcomes = await opened().write([
      anUpdate('user', id, { title: blank?.fields.title ?? [] }, { title: ['Clerk'] }),
    ]);

    await opened().refresh();
    assert.deepEqual([blank?.fields, results(outcomes)], [{}, ['done']]);
    assert.deepEqual((await people.find('user', [id], ['title']))[0]?.fields, { title: ['Clerk'] });
  });

  it('is in conflict about somebody who was deleted meanwhile', async () => {
    const id = await aUser(opened());
    await opened().delete(`/api/Users/${id}`);

    const outcomes = await opened().write([
      anUpdate('user', id, {}, { title: ['Clerk'] }),
      aChange('user', 'update', { id: 2_000_000_000, after: { title: ['Nobody'] } }),
    ]);

    assert.deepEqual(results(outcomes), ['conflict', 'conflict']);
  });

  it('disables and enables, and keeps everything else', async () => {
    const { people } = opened();
    const id = await aUser(opened(), { title: ['Buyer'] });

    const off = await opened().write([aChange('user', 'disable', { id })]);
    const [gone] = await people.find('user', [id], ['title']);
    const again = await opened().write([aChange('user', 'disable', { id })]);
    const on = await opened().write([aChange('user', 'enable', { id })]);

    assert.deepEqual(
      [results(off), results(again), results(on)],
      [['done'], ['skipped'], ['done']],
    );
    assert.equal(gone?.active, false);
    assert.deepEqual(gone?.fields, { title: ['Buyer'] });
    assert.equal((await people.find('user', [id], []))[0]?.active, true);
  });

  it('does several things to one person at once', async () => {
    const { people } = opened();
    const id = await aUser(opened(), { title: ['Buyer'] });

    const outcomes = await opened().write([
      anUpdate('user', id, { title: ['Buyer'] }, { title: ['Clerk'] }),
      aChange('user', 'disable', { id }),
    ]);

    const [found] = await people.find('user', [id], ['title']);
    assert.deepEqual(results(outcomes), ['done', 'done']);
    assert.deepEqual([found?.active, found?.fields], [false, { title: ['Clerk'] }]);
  });
}

function finding(opened: () => PeopleOnTrial): void {
  it('finds people by each field, in any letter case, and each once', async () => {
    const { people } = opened();
    const id = await aUser(opened(), {
      ...{ email: ['Dora.Lind@larkfield.test'], login: ['LARKFIELD\\dlind'] },
      ...{ samAccountName: ['dlind'], other3: ['ABC-def'] },
      'custom:CFDirectoryId': ['7f0e8f2c-1111-4000-8000-0000000000aa'],
    });
    await opened().refresh();
    const ways = [
      ['email', 'DORA.LIND@larkfield.test'],
      ['login', 'larkfield\\DLIND'],
      ['samAccountName', 'DLind'],
      ['other3', 'abc-DEF'],
      ['custom:CFDirectoryId', '7F0E8F2C-1111-4000-8000-0000000000AA'],
    ] as const;

    for (const [field, value] of ways) {
      const found = await people.findBy(
        'user',
        [{ field, values: ['', value, 'x\0y'] }],
        ['email'],
      );
      assert.deepEqual(ids(found), [id], field);
    }
    const wanted = ways.map(([field, value]) => ({ field, values: [value] }));
    assert.deepEqual(ids(await people.findBy('user', wanted, [])), [id]);
  });

  it('finds nobody by what nobody has', async () => {
    const { people } = opened();
    const wanted = [
      { field: 'email', values: ["' or 1=1 --", '%', '_'] },
      { field: 'custom:CFNever', values: ['1'] },
    ];

    assert.deepEqual(await people.findBy('user', wanted, []), []);
    assert.deepEqual(await people.findBy('user', [], []), []);
    assert.deepEqual(await people.find('user', [2_000_000_000, -5], []), []);
  });

  it('finds no service account, and leaves it alone', async () => {
    const { people, siteId } = opened();
    const email = 'backup@larkfield.test';
    const { id } = await opened().post('/api/Users', {
      ...{ name: 'Backup', emailaddress: email, site_id: siteId, isserviceaccount: true },
    });
    await opened().refresh();

    const found = await people.findBy('user', [{ field: 'email', values: [email] }], []);
    const outcomes = await opened().write([aChange('user', 'disable', { id })]);

    assert.deepEqual(found, []);
    assert.deepEqual(codes(outcomes), ['person.kept']);
  });

  it('finds who left, too', async () => {
    const { people } = opened();
    const email = ['left@larkfield.test'];
    const id = await aUser(opened(), { email });
    await opened().write([aChange('user', 'disable', { id })]);

    const [found] = await people.findBy('user', [{ field: 'email', values: email }], []);

    assert.deepEqual([found?.id, found?.active], [id, false]);
  });
}

function agentsContract(opened: () => PeopleOnTrial): void {
  it('creates an agent, who begins with the roles of every agent', async () => {
    const { people } = opened();
    const fields = {
      ...{ name: ['Petra Quill'], email: ['petra.quill@larkfield.test'], login: ['pquill'] },
      ...{ title: ['Analyst'], phone: ['+44 117 555 0102'] },
      distinguishedName: ['CN=Petra Quill,OU=IT,DC=larkfield,DC=test'],
    };

    const id = await created(opened(), 'agent', fields);

    const [found] = await people.find('agent', [id], [...Object.keys(fields), 'roleIds']);
    const { roleIds, ...rest } = found?.fields ?? {};
    assert.deepEqual(rest, fields);
    assert.deepEqual(roleIds, ['00000000-0000-4000-8000-000000000001']);
  });

  it('gives an agent the roles of their place, named by number or GUID', async () => {
    const { people } = opened();
    const role = await opened().post('/api/Roles', { name: 'Sync role' });
    const id = await created(opened(), 'agent', {
      ...{ name: ['Ola Quist'], email: ['ola.quist@larkfield.test'] },
      roleIds: [String(role.id_int)],
    });

    const [found] = await people.find('agent', [id], ['roleIds']);
    const before = found?.fields.roleIds ?? [];
    const more = [role.id.toUpperCase(), '1'];
    const outcomes = await opened().write([
      anUpdate('agent', id, { roleIds: before }, { roleIds: more }),
    ]);

    const [then] = await people.find('agent', [id], ['roleIds']);
    assert.deepEqual(before, [role.id]);
    assert.deepEqual(results(outcomes), ['done']);
    assert.equal(then?.fields.roleIds?.length, 2);
  });

  it('fails an agent whose address another has, and that one alone', async () => {
    const { people } = opened();
    const email = ['taken@larkfield.test'];
    await created(opened(), 'agent', { name: ['First Here'], email });
    const fresh = ['fresh@larkfield.test'];

    const outcomes = await opened().write([
      aChange('agent', 'create', { after: { name: ['Second'], email: ['TAKEN@larkfield.test'] } }),
      aChange('agent', 'create', { after: { name: ['Third'], email: fresh } }),
      aChange('agent', 'create', { after: { name: ['Fourth'], email: ['Fresh@larkfield.test'] } }),
    ]);

    assert.deepEqual(results(outcomes), ['failed', 'done', 'failed']);
    await opened().refresh();
    assert.equal(
      (await people.findBy('agent', [{ field: 'email', values: [...email, ...fresh] }], [])).length,
      2,
    );
  });

  it('gives an agent the address that another gives up before', async () => {
    const [first, second, third] = ['one', 'two', 'three'].map((at) => [`${at}@larkfield.test`]);
    const one = await created(opened(), 'agent', { name: ['Hand One'], email: first ?? [] });
    const other = await created(opened(), 'agent', { name: ['Hand Two'], email: second ?? [] });
    const give = (id: number, before?: string[], after?: string[]) =>
      anUpdate('agent', id, { email: before ?? [] }, { email: after ?? [] });

    // The later record first, so that the order is not that of the table.
    const outcomes = await opened().write([give(other, second, third), give(one, first, second)]);
    const back = await opened().write([give(one, second, first), give(other, third, second)]);

    assert.deepEqual(results(outcomes), ['done', 'done']);
    assert.deepEqual(results(back), ['done', 'done']);
  });

  it('keeps the last active administrator, whoever leaves', async () => {
    const { people } = opened();
    const all = await opened().get('/api/Agent?includedisabled=true');
    for (const { id } of all) {
      const { is_admin: isAdmin } = await opened().get(`/api/Agent/${id}`);
      if (isAdmin) await opened().post('/api/Agent', { id, is_admin: false });
    }
    const boss = await opened().post('/api/Agent', { name: 'First Boss', is_admin: true });
    const other = await opened().post('/api/Agent', { name: 'Other Boss', is_admin: true });
    await opened().refresh();

    assert.equal(await people.countAdministrators(), 2);
    const outcomes = await opened().write([
      aChange('agent', 'disable', { id: boss.id }),
      aChange('agent', 'disable', { id: other.id }),
    ]);

    await opened().refresh();
    assert.deepEqual(results(outcomes), ['done', 'failed']);
    assert.deepEqual(codes(outcomes), ['', 'person.last-administrator']);
    assert.equal(await people.countAdministrators(), 1);
  });
}

function misfits(opened: () => PeopleOnTrial): void {
  const site = () => [String(opened().siteId)];
  const table: readonly (readonly [string, () => Attributes, string])[] = [
    ['without a name', () => ({ siteId: site() }), 'record.incomplete'],
    ['without a site', () => ({ name: ['Nowhere'] }), 'record.incomplete'],
    ['at a site that is none', () => ({ name: ['A'], siteId: ['2000000000'] }), 'person.misfit'],
    ['at a site that is no number', () => ({ name: ['A'], siteId: ['1; drop'] }), 'person.misfit'],
    [
      'with a name of a megabyte',
      () => ({ name: ['x'.repeat(1_000_000)], siteId: site() }),
      'person.misfit',
    ],
    ['with a NUL in the name', () => ({ name: ['a\0b'], siteId: site() }), 'person.misfit'],
    [
      'with a field that is none',
      () => ({ name: ['A'], siteId: site(), constructor: ['x'] }),
      'person.misfit',
    ],
    [
      'with a custom field of no name',
      () => ({ name: ['A'], siteId: site(), 'custom:': ['x'] }),
      'person.misfit',
    ],
    [
      'with a photo nobody put by',
      () => ({ name: ['A'], siteId: site(), photo: ['ab'.repeat(32)] }),
      'person.misfit',
    ],
  ];
  for (const [what, after, code] of table) {
    it(`fails a user ${what}, and that one alone`, async () => {
      const good = { name: ['Good One'], siteId: site() };

      if (opened().isRemote && after().photo !== undefined) return;

      const outcomes = await opened().write([
        aChange('user', 'create', { after: after() }),
        aChange('user', 'create', { after: good }),
      ]);

      assert.deepEqual(results(outcomes), ['failed', 'done']);
      if (!opened().isRemote) assert.deepEqual(codes(outcomes), [code, '']);
    });
  }
}

function crowds(opened: () => PeopleOnTrial): void {
  it('creates, changes and finds a thousand at once', { timeout: 120_000 }, async () => {
    const { people } = opened();
    const siteId = [String(opened().siteId)];
    const numbers = Array.from({ length: crowd }, (_, at) => at);
    const mail = (at: number) => [`visitor.${at}@larkfield.test`];
    const made = await opened().write(
      numbers.map((at) =>
        aChange('user', 'create', {
          after: { name: [`Visitor ${at}`], email: mail(at), 'custom:CFBadge': [`b${at}`], siteId },
        }),
      ),
    );
    const recordIds = [...made.values()].map(idOf);

    const changed = await opened().write(
      recordIds.map((id, at) => anUpdate('user', id, {}, { title: [`Title ${at}`] })),
    );
    const found = await people.findBy(
      'user',
      [{ field: 'email', values: numbers.flatMap(mail) }],
      [...['email', 'title', 'custom:CFBadge']],
    );

    assert.equal(new Set(recordIds).size, crowd);
    assert.ok(results(changed).every((result) => result === 'done'));
    assert.equal(found.length, crowd);
    const seen = new Map(found.map((person) => [person.id, person.fields]));
    for (const [at, id] of recordIds.entries()) {
      const expected = { email: mail(at), title: [`Title ${at}`], 'custom:CFBadge': [`b${at}`] };
      assert.deepEqual(seen.get(id), expected);
    }
  });
}

export const aPhoto = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');

export const ines = {
  name: ['Ines Marlow'],
  firstName: ['Ines'],
  surname: ['Marlow'],
  email: ['ines.marlow@larkfield.test'],
  login: ['ines.marlow'],
  title: ['Quality Engineer'],
  department: ['Quality'],
  phone: ['+351 22 555 0101'],
  mobile: ['+351 91 555 0101'],
  homePhone: ['+351 22 555 0199'],
  samAccountName: ['imarlow'],
  distinguishedName: ['CN=Ines Marlow\\, QA,OU=Porto,DC=larkfield,DC=test'],
  email2: ['ines@example.test'],
  initials: ['IM'],
  fax: ['+351 22 555 0100'],
  notes: ['Left-handed\nworks late'],
  other1: ['first'],
  other5: ['fifth'],
} as const satisfies Attributes;

let made = 0;

/** A change as a sync plans it. */
export function aChange(
  target: SyncTarget,
  kind: Change['kind'],
  parts: { readonly id?: number; readonly before?: Attributes; readonly after?: Attributes } = {},
): Change {
  made += 1;
  const personKey = `${target}:entry-${made}`;
  const { id, before = {}, after = {} } = parts;
  const name = after.name?.[0]?.slice(0, 40) ?? `Person ${made}`;
  return {
    ...{ id: `${personKey}:${kind}`, personKey, personName: name, step: 0, kind, before, after },
    action: `sync-${target}`,
    ...{ connectionId: '00000000-0000-4000-8000-00000000de5c', system: 'the desk' },
    target:
      id === undefined
        ? { kind: 'planned', change: `${personKey}:${kind}`, name }
        : { kind: 'existing', id: `${target}:${id}`, name },
    ...{ fallbacks: [], because: [], reversible: true, needs: [] },
  };
}

export function anUpdate(
  target: SyncTarget,
  id: number,
  before: Attributes,
  after: Attributes,
): Change {
  return aChange(target, 'update', { id, before, after });
}

export function aManager(
  target: SyncTarget,
  id: number,
  manager: NonNullable<Change['manager']>,
): Change {
  const change = anUpdate(
    target,
    id,
    {},
    { manager: manager.entryId === null ? [] : ['Clara Boss'] },
  );
  return { ...change, action: 'sync-manager', step: 1, manager };
}

export async function created(
  { write }: Pick<PeopleOnTrial, 'write'>,
  target: SyncTarget,
  after: Attributes,
): Promise<number> {
  const [outcome] = (await write([aChange(target, 'create', { after })])).values();
  return idOf(outcome);
}

async function aUser(trial: PeopleOnTrial, fields: Attributes = {}): Promise<number> {
  return created(trial, 'user', {
    ...{ name: ['Vera Holt'], siteId: [String(trial.siteId)] },
    ...fields,
  });
}

export function idOf(outcome: Outcome | undefined): number {
  assert(outcome?.result === 'done', JSON.stringify(outcome));
  const id = Number(outcome.targetId?.split(':')[1]);
  assert(Number.isInteger(id), outcome.targetId);
  return id;
}

export function results(outcomes: ReadonlyMap<string, Outcome>): string[] {
  return [...outcomes.values()].map(({ result }) => result);
}

export function codes(outcomes: ReadonlyMap<string, Outcome>): string[] {
  return [...outcomes.values()].map((outcome) => (outcome.result === 'failed' ? outcome.code : ''));
}

function ids(people: readonly DeskPerson[]): number[] {
  return people.map(({ id }) => id);
}
