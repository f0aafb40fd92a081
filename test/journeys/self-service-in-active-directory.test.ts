// A forgotten password's whole story in a real Active Directory: the old one is refused, the new one opens it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { Secret } from '#lib/secret.ts';
import { addressOf, aName, aStage as aPlace, type Stage } from '#test/contracts/directory-stage.ts';
import { aBrowser, type BrowserOf, csrfIn, type Told } from '#test/servers/access.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { type Application, applicationOf } from '#test/servers/hub-session.ts';
import { aMailServer, type MailServer } from '#test/servers/mail-server.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { codeOf, type Enrolled, enrol, identify, prove } from '#test/servers/self-service.ts';

const oldPassword = 'Nine-Gannets-off-Pendeen-1';
const nextPassword = 'Seven kestrels over Godrevy 4';
const Saved = z.looseObject({ id: z.int() });

describe('Self-service in Active Directory', { skip: withoutSamba() }, () => {
  let place: Stage;
  let mail: MailServer;
  let hub: RunningHub;
  let desk: Application;
  before(async () => {
    place = await aPlace(await samba(), openLdapDirectory);
    mail = await aMailServer();
    hub = await aHub({ lab: true });
    desk = await applicationOf(hub);
    const { host, port, bindDn, caPem: ca } = addressOf(place.server);
    const directory = {
      kind: 'ldap',
      name: 'A real Active Directory',
      lab: true,
      settings: { host, port, security: 'ldaps', bindDn, ca },
      secret: place.server.service.password.reveal(),
    };
    const settings = {
      host: '127.0.0.1',
      port: mail.port,
      security: 'plain',
      from: 'sundog@larkfield.test',
    };
    const through = { kind: 'mail', name: 'Mail of Larkfield', lab: true, settings };
    assert.equal((await desk.post('/v1/connections', directory)).status, 201);
    const made = await desk.post('/v1/connections', through);
    const { id: connectionId } = z.looseObject({ id: z.uuid() }).parse(made.body);
    const on = await fetch(new URL('/v1/self-service', hub.url), {
      method: 'PATCH',
      headers: { ...desk.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: true, connectionId }),
    });
    assert.equal(on.status, 200);
  });
  after(async () => {
    await hub?.[Symbol.asyncDispose]();
    await mail?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  type Somebody = Enrolled & {
    readonly dn: string;
    readonly email: string;
    readonly login: string;
  };

  /** In the directory with the old password, in the desk with the login, and enrolled. */
  async function somebody(attributes: Readonly<Record<string, string>> = {}): Promise<Somebody> {
    const login = aName('r');
    const dn = await place.addUser(login, { sAMAccountName: login });
    await place.setPassword(dn, new Secret(oldPassword));
    for (const [name, value] of Object.entries(attributes)) await place.set(dn, name, [value]);
    const sites = await desk.get('/api/Site?pageinate=true&page_size=1');
    const {
      sites: [site],
    } = z.looseObject({ sites: z.array(Saved) }).parse(sites.body);
    const email = `${login}@larkfield.test`;
    const user = { name: 'Wilma Trevose', emailaddress: email, login, site_id: site?.id };
    const { id } = Saved.parse((await desk.post('/api/Users', [user])).body);
    const time = { now: new Date() };
    const stage = { hub: { base: new URL(hub.url), time }, mail, deliver: () => arrived(email) };
    const post = async (path: string) => {
      assert.equal((await desk.post(path, {})).status, 202);
    };
    const enrolled = await enrol(stage, { id, email }, post);
    return { ...enrolled, dn, email, login };
  }

  async function arrived(address: string): Promise<void> {
    for (let tries = 0; mail.lastTo(address) === undefined; tries += 1) {
      if (tries > 200) assert.fail(`No mail to ${address} came.`);
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  /** Shows the next code of the app: the one of now was used up by the enrolment. */
  async function proven(person: Somebody): Promise<{ browser: BrowserOf; told: Told }> {
    const browser = aBrowser({ base: new URL(hub.url) });
    const page = await identify(browser, person.login);
    const code = codeOf(person.letters, new Date(Date.now() + 30_000));
    return { browser, told: await prove(browser, page, person.given, code) };
  }

  async function chosen(browser: BrowserOf, next: string): Promise<Told> {
    const page = await browser.ask('/reset/choose');
    const form = { csrf: csrfIn(page), what: 'reset', next, again: next };
    await browser.ask('/reset/choose', { form });
    for (let tries = 0; tries < 100; tries += 1) {
      const told = await browser.ask('/reset/result');
      if (told.status !== 200) return browser.ask('/reset/choose');
      if (!told.text.includes('One moment')) return told;
      await new Promise((wake) => setTimeout(wake, 200));
    }
    return assert.fail('The directory never answered.');
  }

  it('refuses the old password afterwards and takes the new one; one too simple is sent back with a sentence', async () => {
    const person = await somebody();
    const { browser, told } = await proven(person);
    assert.equal(told.headers.get('location'), '/reset/choose', told.text.slice(-600));

    const simple = await chosen(browser, 'kestrelsovergodrevyhead');
    const done = await chosen(browser, nextPassword);

    assert.match(simple.text, /role="alert"/);
    assert.match(done.text, /Your password was reset/);
    assert.match(await place.signsIn(person.dn, oldPassword), /data 52e/);
    assert.equal(await place.signsIn(person.dn, nextPassword), 'yes');
    assert.ok(!hub.printed().includes(nextPassword));
  });

  it('says no more to whoever is privileged than to a wrong answer, and changes nothing', async () => {
    const person = await somebody({ adminCount: '1' });

    const { told } = await proven(person);

    assert.equal(told.status, 401);
    assert.match(told.text, /This did not fit, or the account cannot be reset here/);
    assert.equal(await place.signsIn(person.dn, oldPassword), 'yes');
  });
});
