// The specification of SingleSignOnApplication, member by member: what is set, what is read, what is refused.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { haloCodes } from '#domain/halo-codes.ts';
import { anSsoApplicationHub, type SsoApplicationHub } from '#test/servers/sso-application-hub.ts';
import { HaloSsoApplication } from './halo-wire.ts';

const tenant = 'c0ffee00-0000-4000-8000-00000000000a';
const other = 'c0ffee00-0000-4000-8000-00000000000b';
const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const large = `data:image/png;base64,${Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(70_000)]).toString('base64')}`;
const codesOf = (name: keyof typeof haloCodes) => haloCodes[name].codes.map(({ code }) => code);

type Row = {
  /** Each is set on an application, and read as it was set unless it says otherwise. */
  readonly takes: readonly unknown[];
  readonly reads?: readonly unknown[];
  readonly refuses: readonly unknown[];
};

/** Of each member that is stored: what it takes and what it does not. */
const stored: Readonly<Record<string, Row>> = {
  name: {
    takes: ['Larkfield Entra', ' Trimmed '],
    reads: ['Larkfield Entra', 'Trimmed'],
    refuses: ['', 'a\nb', 7, 'x'.repeat(251)],
  },
  instance_id: { takes: [1, 0, null], reads: [1, null, null], refuses: [2, -1, 'one'] },
  type: { takes: codesOf('SsoType').toReversed(), refuses: [2, -1, 'OIDC', 0.5] },
  oidc_url: {
    takes: [
      'https://login.larkfield.test/realms/a',
      'https://x.test/.well-known/openid-configuration',
      '',
    ],
    reads: [
      'https://login.larkfield.test/realms/a',
      'https://x.test/.well-known/openid-configuration',
      null,
    ],
    refuses: [
      'http://login.larkfield.test',
      'login.larkfield.test',
      'https://me:pw@x.test',
      'https://x.test/?a=b',
      'https://x.test/#a',
      'javascript:alert(1)',
      'https://x.test/\u0000',
      5,
    ],
  },
  client_id: {
    takes: ['sundog', ''],
    reads: ['sundog', null],
    refuses: ['a\r\nb', {}, 'x'.repeat(251)],
  },
  oidc_type: { takes: codesOf('SsoOidcType').toReversed(), refuses: [5, 'entra'] },
  active: { takes: [true, false, 'true'], reads: [true, false, true], refuses: ['yes', 2] },
  allowed_entities: { takes: codesOf('SsoAllowedEntities').toReversed(), refuses: [4, -1, 'both'] },
  auto_redirect_agent: { takes: [true, false], refuses: ['on'] },
  auto_redirect_user: { takes: [true, false], refuses: [[]] },
  single_logout: { takes: [true, false], refuses: ['both ways'] },
  prompt: {
    takes: ['none', 'login', 'login consent', 'select_account', ''],
    reads: ['none', 'login', 'login consent', 'select_account', null],
    refuses: ['none login', 'create', 'Login', 'login  consent'],
  },
  id_attribute: {
    takes: codesOf('SsoIdAttribute').filter((code) => code !== 5),
    refuses: [6, 'email'],
  },
  custom_id_attribute: {
    takes: ['https://larkfield.test/claims/number', ''],
    reads: ['https://larkfield.test/claims/number', null],
    refuses: ['a\tb', 'x'.repeat(251)],
  },
  user_matching_field: {
    takes: codesOf('SsoUserMatchingField').toReversed(),
    refuses: [4, 'email'],
  },
  allow_user_provisoning: { takes: [true, false], refuses: ['maybe'] },
  domain_matching: { takes: [true, false], refuses: ['maybe'] },
  default_site: { takes: [0, null], reads: [null, null], refuses: [99_999, 'Main', 2 ** 31] },
  button_label: {
    takes: ['Sign in with Larkfield', '<b>"&</b>', ''],
    reads: ['Sign in with Larkfield', '<b>"&</b>', null],
    refuses: ['a\nb', 'x'.repeat(251)],
  },
  button_colour: {
    takes: ['#1F6feb', '#abc', ''],
    reads: ['#1f6feb', '#abc', null],
    refuses: ['red', '#12', '#1f6feb;}', 'url(x)'],
  },
  button_logo: {
    takes: [png, ''],
    reads: [png, null],
    refuses: [
      large,
      'https://x.test/logo.png',
      'data:text/html;base64,PGI+',
      png.replace('png', 'jpeg'),
      'data:image/png,x',
      `${png}"`,
    ],
  },
  domain_hint: {
    takes: ['larkfield.test', ''],
    reads: ['larkfield.test', null],
    refuses: ['a\nb', 'x'.repeat(501)],
  },
  app_type: { takes: codesOf('SsoAppType').toReversed(), refuses: [4, 'agents'] },
  allowed_tenants: {
    takes: [tenant.toUpperCase(), `${tenant},\n${other}; ${tenant}`, '', null],
    reads: [tenant, `${tenant},${other}`, null, null],
    refuses: ['larkfield.test', `${tenant},*`, 4],
  },
  allowed_tenants_list: {
    takes: [[{ value: tenant, label: 'Larkfield', isnew: true }], []],
    reads: [[{ value: tenant, label: tenant }], []],
    refuses: [[{ value: '*' }], [{}], tenant],
  },
  extra_claim_validation: {
    takes: [
      [
        { thirdpartyname: 'groups', xmvalue: 'staff' },
        { thirdpartyname: 'amr', xmvalue: '' },
      ],
      null,
    ],
    reads: [
      [
        { id: 1, thirdpartyname: 'groups', xmvalue: 'staff' },
        { id: 2, thirdpartyname: 'amr', xmvalue: null },
      ],
      [],
    ],
    refuses: [
      [{ xmvalue: 'staff' }],
      [{ thirdpartyname: 'a\nb' }],
      'groups=staff',
      Array(51).fill({ thirdpartyname: 'a' }),
    ],
  },
  log_attempts: { takes: [false, true], refuses: ['no'] },
  override_styling: { takes: [true, false], refuses: ['no'] },
  scope: {
    takes: ['openid email groups', ''],
    reads: ['openid email groups', null],
    refuses: ['email', 'openid  email', 'openid\nemail', 'openid "x"'],
  },
};

/** Of the others halo-applications.test.ts says what they do. */
const told = [
  'id',
  'guid',
  'intent',
  'instance_name',
  'type_description',
  'new_client_secret',
  'default_site_name',
  '_warning',
];

describe('A member of SingleSignOnApplication', () => {
  let hub: SsoApplicationHub;
  before(async () => {
    hub = await anSsoApplicationHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  afterEach(() => hub.database.db.deleteFrom('sso_applications').execute());

  it('is among the 37, each with its test here or beside this file', () => {
    const members = Object.keys(HaloSsoApplication.shape);

    assert.equal(members.length, 37);
    assert.deepEqual([...Object.keys(stored), ...told].toSorted(), members.toSorted());
  });

  for (const [member, { takes, reads = takes, refuses }] of Object.entries(stored)) {
    it(`${member} is kept as it was set`, async () => {
      const { id } = await hub.make();
      for (const [at, value] of takes.entries()) {
        const answered = await hub.post({ id, [member]: value });
        const read = await hub.ask('reader', 'GET', `/api/singlesignonapplication/${id}`);

        assert.deepEqual(Reflect.get(answered, member), reads[at], JSON.stringify(value));
        assert.deepEqual(read.body, answered);
      }
    });

    it(`${member} stays as it is when it is left out`, async () => {
      const [value, read] = [takes[0], reads[0]];
      const { id } = await hub.make({ [member]: value });

      const answered = await hub.post({ id, intent: 'nothing' });

      assert.deepEqual(Reflect.get(answered, member), read);
    });

    it(`${member} refuses what it is not, in a sentence`, async () => {
      const made = await hub.make();
      for (const value of refuses) {
        const body = [{ id: made.id, [member]: value }];
        const answer = await hub.ask('admin', 'POST', '/api/SingleSignOnApplication', body);

        assert.ok([400, 422].includes(answer.status), `${JSON.stringify(value)}: ${answer.text}`);
        assert.ok(answer.text.length > 20 && !answer.text.includes('at Object'), answer.text);
      }
      assert.deepEqual(await hub.post({ id: made.id }), { ...made });
    });

    it(`${member} leaves one entry in the audit trail when it changes`, async () => {
      const { id } = await hub.make();
      const told = (await hub.audited(id)).length;

      const before = await hub.find(id);
      await hub.post({ id, [member]: takes[0] });
      const after = await hub.find(id);

      // No site is what a new one has; with a site it is shown below.
      const changes = member === 'default_site' ? 0 : 1;
      assert.equal((await hub.audited(id)).length - told, changes);
      assert.equal(after.version, before.version + 1);
    });
  }
});
