// Larkfield as Sundog meets it: the hub's desk through the Halo connector, the lab's directory through LDAP, and a plan.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openHalo } from '#connectors/halo/halo.ts';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import type { Automation, AutomationDefinition } from '#domain/automation.ts';
import { HaloSettings } from '#domain/connection.ts';
import type { InboundEndpoint } from '#domain/endpoint.ts';
import { judge } from '#domain/guards.ts';
import { asksNothing, knowingLinks, learn, roundsMax } from '#domain/looking.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import { attributesNeeded, type PlannedPage, planPage, questions } from '#domain/planning.ts';
import type { Directory } from '#domain/ports/directory.ts';
import { readSource } from '#domain/source.ts';
import { type LarkfieldIds, larkfieldDefinitions } from '#lab/automations.ts';
import { company } from '#lab/company.ts';
import { type Lab, startLab } from '#lab/lab.ts';
import { systemClock } from '#lib/clock.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { newId } from '#lib/ids.ts';
import { silentLog } from '#lib/log.ts';
import { aLabHub, type LabHub } from '#test/servers/lab-hub.ts';

const loopback: Allowance = { lab: true, confirmed: [], networks: [] };
const ids: LarkfieldIds = {
  haloConnection: newId(),
  directoryConnection: newId(),
  users: newId(),
  tickets: newId(),
  mapping: newId(),
  updateTicket: newId(),
  newStarters: newId(),
  moversAndLeavers: newId(),
};

let hub: LabHub;
let dataFolder: string;
let lab: Lab;
before(async () => {
  hub = await aLabHub();
  dataFolder = await mkdtemp(join(tmpdir(), 'sundog-lab-'));
  lab = await aLab();
});
after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
  await rm(dataFolder, { recursive: true, force: true });
});

describe('The lab automation "New starters"', () => {
  let page: PlannedPage;
  before(async () => {
    page = await plan('New starters');
  });

  it('makes three accounts and touches nobody else’s', () => {
    assert.deepEqual(
      page.people
        .filter(({ changes }) => changes.length > 0)
        .map(({ name }) => name)
        .toSorted(),
      ['Ines Marlow', "Siobhán O'Dowd", 'Thomas Hale'],
    );
    assert.deepEqual(
      page.people.filter(({ situation }) => situation === 'disputed'),
      [],
    );
  });

  it('gives Ines an enabled account, her groups, and a note on her ticket', () => {
    const { changes } = named(page, 'Ines Marlow');
    const [created] = changes;

    assert.deepEqual(
      changes.map(({ kind, after }) => [kind, after.memberOf?.[0]]),
      [
        ['create', undefined],
        ['add-member', 'All Staff'],
        ['add-member', 'Quality'],
        ['add-member', 'Office Porto'],
        ['tell', undefined],
      ],
    );
    assert.deepEqual(created?.after.enabled, ['true']);
    assert.deepEqual(created?.after.sAMAccountName, ['ines.marlow']);
    assert.deepEqual(created?.after.proxyAddresses, ['SMTP:ines.marlow@larkfield.test']);
    assert.deepEqual(created?.after.employeeNumber, [String(lab.desk.haloIds['ines-marlow'])]);
  });

  it('makes Siobhán’s account disabled until her first day, and keeps her accents in her name', () => {
    const { changes, notes } = named(page, "Siobhán O'Dowd");

    assert.deepEqual(changes[0]?.after.enabled, ['false']);
    assert.deepEqual(changes[0]?.after.cn, ["Siobhán O'Dowd"]);
    assert.deepEqual(changes[0]?.after.sAMAccountName, ['siobhan.odowd']);
    assert.match(notes[0]?.sentence ?? '', /Europe\/London/);
  });

  it('finds names of his own for the second Thomas Hale', () => {
    const { changes } = named(page, 'Thomas Hale', 'starter');

    assert.deepEqual(changes[0]?.after.cn, ['Thomas Hale (Production)']);
    assert.deepEqual(changes[0]?.after.sAMAccountName, ['thale']);
    assert.deepEqual(changes[0]?.after.mail, ['thale@larkfield.test']);
  });

  it('leaves alone the account somebody else disabled, and says so', () => {
    const { notes } = named(page, 'Beatriz Amaral');

    assert.match(notes[0]?.sentence ?? '', /disabled .* by somebody else and is left alone/);
  });

  it('lets itself pass every guard but that of the first run', () => {
    const heeded = verdicts(page).filter(({ verdict }) => verdict !== 'pass');

    assert.deepEqual(
      heeded.map(({ name }) => name),
      ['first-run'],
    );
  });
});

describe('The lab automation "Movers and leavers"', () => {
  let page: PlannedPage;
  before(async () => {
    page = await plan('Movers and leavers');
  });

  it('changes exactly the people there is something to say of', () => {
    const changed = page.people.filter(({ changes }) => changes.length > 0);

    assert.deepEqual(changed.map(({ name, group }) => `${name}: ${group}`).toSorted(), [
      'Clara Whitcombe: mover',
      'Helena Duarte-Voss: mover',
      'Marta Sequeira: leaver',
      'Owen Pryce: leaver',
    ]);
  });

  it('gives Clara her new title, department and office, and the groups that go with them', () => {
    const { changes } = named(page, 'Clara Whitcombe');

    assert.deepEqual(Object.keys(changes[0]?.after ?? {}).toSorted(), [
      'department',
      'l',
      'physicalDeliveryOfficeName',
      'title',
    ]);
    assert.deepEqual(
      changes.slice(1).map(({ after }) => after.memberOf?.[0]),
      ['Quality', 'Office Porto'],
    );
  });

  it('writes Helena’s new surname and leaves her address alone', () => {
    const { changes } = named(page, 'Helena Duarte-Voss');

    assert.deepEqual(changes[0]?.before, { displayName: ['Helena Duarte'], sn: ['Duarte'] });
    assert.deepEqual(changes[0]?.after, {
      displayName: ['Helena Duarte-Voss'],
      sn: ['Duarte-Voss'],
    });
  });

  it('disables two leavers and tells their tickets, within the limit', () => {
    const { changes } = named(page, 'Owen Pryce');
    const disables = verdicts(page).find(({ name }) => name === 'disables');

    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['disable', 'tell'],
    );
    assert.match(disables?.sentence ?? '', /^2 of \d+ accounts disabled/);
    assert.equal(disables?.verdict, 'pass');
  });

  it('does not touch the leaver who is a domain administrator', () => {
    const { changes, notes } = named(page, 'Gareth Lund');

    assert.deepEqual(changes, []);
    assert.equal(notes[0]?.code, 'account.protected');
  });

  it('leaves the disputed person to people', () => {
    const { situation, notes } = named(page, 'Nuno Tavares');

    assert.equal(situation, 'disputed');
    assert.match(notes[0]?.sentence ?? '', /Coating Bench.*Nuno Tavares/s);
  });
});

describe('The lab', () => {
  it('fills the desk once, however often it starts', async () => {
    const before = await counts();
    await lab[Symbol.asyncDispose]();

    lab = await aLab();

    assert.deepEqual(await counts(), before);
    assert.equal(before.users, company(new Date()).people.length);
  });

  it('finishes what a crash left half done, and makes nobody twice', async () => {
    await using other = await aLabHub();
    const folder = await mkdtemp(join(tmpdir(), 'sundog-lab-'));
    const settings = { hub: other.hub, clock: systemClock, log: silentLog, dataFolder: folder };
    const first = await startLab(settings);
    await first[Symbol.asyncDispose]();
    const before = await counts(other);
    await rm(folder, { recursive: true });
    await other.database.pool.query('delete from tickets where id % 2 = 0');
    await other.database.pool.query(
      'delete from desk_users where id > 5 and id not in (select user_id from tickets)',
    );

    await using second = await startLab(settings);

    assert.deepEqual(await counts(other), before);
    assert.equal(second.desk.clientId, first.desk.clientId);
    assert.equal(second.desk.haloIds['ines-marlow'], first.desk.haloIds['ines-marlow']);
    await rm(folder, { recursive: true, force: true });
  });

  it('does not bring back what somebody deleted', async () => {
    await using other = await aLabHub();
    const folder = await mkdtemp(join(tmpdir(), 'sundog-lab-'));
    const settings = { hub: other.hub, clock: systemClock, log: silentLog, dataFolder: folder };
    const first = await startLab(settings);
    await first[Symbol.asyncDispose]();
    await other.database.pool.query('delete from tickets');

    await using _ = await startLab(settings);

    assert.equal((await counts(other)).tickets, 0);
    await rm(folder, { recursive: true, force: true });
  });

  it('comes back at the same ports, with the same password and everything it was told', async () => {
    const { ldap } = lab;
    await using directory = await aDirectory();
    const [account] = await directory.findByAttribute(
      { attribute: 'sAMAccountName', values: ['edith.fairweather'] },
      [],
    );
    await directory.updateAccount(account?.id ?? '', {}, { info: ['remembered'] });
    await lab[Symbol.asyncDispose]();

    lab = await aLab();

    assert.deepEqual({ ...lab.ldap, password: '' }, { ...ldap, password: '' });
    assert.equal(lab.ldap.password.reveal(), ldap.password.reveal());
    await using again = await aDirectory();
    const found = await again.findAccounts([account?.id ?? ''], ['info']);
    assert.deepEqual(found.get(account?.id ?? '')?.attributes.info, ['remembered']);
  });

  it('keeps its folder to itself', async () => {
    const { mode } = await stat(join(dataFolder, 'lab'));
    const file = await stat(join(dataFolder, 'lab', 'lab.json'));

    assert.equal(mode & 0o777, 0o700);
    assert.equal(file.mode & 0o777, 0o600);
  });

  it('says in one sentence that the desk will not have it', async () => {
    const wrong = { ...hub.hub, clientId: newId() };
    const settings = { hub: wrong, clock: systemClock, log: silentLog };

    await assert.rejects(startLab({ ...settings, dataFolder: `${dataFolder}/other` }), {
      message: /^The lab's desk answered 401 to POST \/auth\/token/,
    });
  });
});

function aLab(): Promise<Lab> {
  return startLab({ dataFolder, hub: hub.hub, clock: systemClock, log: silentLog });
}

function aDirectory(): Promise<Directory> {
  const { host, port, caPem, bindDn, password } = lab.ldap;
  const address = { host, port, caPem, bindDn, security: 'ldaps', allowance: loopback } as const;
  return openLdapDirectory(address, password);
}

function definitionOf(name: Automation['name']): AutomationDefinition {
  const { endpoints, mapping, webhooks, automations } = larkfieldDefinitions(ids, lab.desk);
  const automation = automations.find((one) => one.name === name);
  assert.ok(automation);
  const systems = { [ids.haloConnection]: 'Halo', [ids.directoryConnection]: 'AD Larkfield' };
  return { automation, endpoints, mapping, webhooks, systems, environment: {} };
}

/** Reads, looks and plans as a run does. */
async function plan(name: string): Promise<PlannedPage> {
  const definition = definitionOf(name);
  const rows = await Promise.all(definition.endpoints.map(rowsOf));
  const source = readSource(definition, rows);
  const now = new Date();
  await using directory = await aDirectory();
  const attributes = attributesNeeded(definition);
  let known = knowingLinks([]);
  for (let round = 0; round < roundsMax; round += 1) {
    const asked = questions(definition, source, known, now);
    if (asksNothing(asked)) break;
    const byValue = asked.accountsWith.map((query) => directory.findByAttribute(query, attributes));
    const taken = asked.names.map(async (query) => ({
      asked: query,
      taken: await directory.findTaken(query),
    }));
    const containers = asked.containers.map(
      async (dn) => [dn, await directory.containerExists(dn)] as const,
    );
    known = learn(known, asked, {
      accounts: (await Promise.all(byValue)).flat(),
      taken: await Promise.all(taken),
      groups: await directory.findGroups(asked.groups),
      containers: new Map(await Promise.all(containers)),
      protectedIds: await directory.findProtected(asked.protectedIds),
    });
  }
  return planPage(definition, source, known, now);
}

async function rowsOf({ request, rowsPath, paging, pagesMax }: InboundEndpoint) {
  await using halo = openHalo(
    HaloSettings.parse({
      address: hub.hub.url,
      tokenAddress: new URL('/auth/token', hub.hub.url).href,
      clientId: hub.hub.clientId,
    }),
    hub.hub.clientSecret,
    loopback,
  );
  const rendered = {
    method: request.method,
    url: request.url,
    headers: {},
    parameters: Object.fromEntries(request.parameters.map(({ name, value }) => [name, value])),
  };
  const { totalPath, ...pages } =
    paging.kind === 'none' ? { ...paging, totalPath: undefined } : paging;
  const asked = pages.kind === 'none' || totalPath === undefined ? pages : { ...pages, totalPath };
  return (
    await Array.fromAsync(halo.readRows({ request: rendered, rowsPath, paging: asked, pagesMax }))
  ).flat();
}

function verdicts(page: PlannedPage) {
  const facts = { records: 41, complete: true, digest: '', columns: [], asked: '' };
  const { totals, accounts, gone, protectedLeftOut } = page;
  return judge({
    totals,
    limits: definitionOf('New starters').automation.guards,
    source: facts,
    lastSource: undefined,
    lastDay: { ...totals, creations: 0, disables: 0, keyAttributes: 0 },
    accounts,
    gone,
    protectedLeftOut,
    firstRun: true,
  });
}

function named(page: PlannedPage, name: string, group?: PlannedPerson['group']): PlannedPerson {
  const found = page.people.find((one) => one.name === name && (group ?? one.group) === one.group);
  assert.ok(found, `nobody is called ${name}`);
  return found;
}

async function counts({ database }: LabHub = hub) {
  const count = async (table: 'desk_clients' | 'desk_sites' | 'desk_users' | 'tickets') => {
    const { rows } = await database.pool.query(`select count(*)::integer as n from ${table}`);
    return Number(rows[0].n);
  };
  return {
    clients: await count('desk_clients'),
    sites: await count('desk_sites'),
    users: (await count('desk_users')) - 1,
    tickets: await count('tickets'),
  };
}
