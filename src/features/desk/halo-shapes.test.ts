// What the desk answers is what Halo's own OpenAPI document says, member by member.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { anyText } from '#test/contracts/any-text.ts';
import { aDeskServer, type DeskServer, type Json } from '#test/desk/desk-server.ts';
import { judgeOf, withoutHalosWord } from '#test/desk/halo-openapi.ts';
import fc from '#test/property.ts';
import type { Member, MemberType } from './resource/member.ts';
import type { Resource } from './resource/resource.ts';
import { deskResources } from './routes.ts';

/** An outcome has its name as other lookups do, which Halo's has not; Halo's document lacks the boards. */
const ourOwn = ['TOutcome', 'Cab'];

const modelled = deskResources.filter(({ model: [single] }) => !ourOwn.includes(single));

describe("Halo's own OpenAPI document", { skip: withoutHalosWord }, () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
  });
  after(() => desk[Symbol.asyncDispose]());

  for (const resource of modelled) {
    it(`knows every member of ${resource.path} that is posted, answered and listed`, async () => {
      const [single, row] = resource.model;

      const saved = await desk.post(`/api/${resource.path}`, [await full(resource, desk)]);
      const found = await desk.get(addressOf(resource, saved.body));
      const listed = await desk.get(`/api/${resource.path}?includeinactive=true&lookupid=90`);

      assert.equal(saved.status, 201, saved.text);
      assert.deepEqual(judgeOf(single)(saved.body), []);
      assert.deepEqual(judgeOf(single)(found.body), []);
      const rows: Json[] = resource.envelope ? listed.body[resource.envelope] : listed.body;
      assert.ok(rows.length > 0, 'the list is empty');
      assert.deepEqual(rows.flatMap(judgeOf(row)), []);
    });
  }

  it('catches a member of the wrong type and one that Halo does not know', () => {
    const wrong = judgeOf('Users')({ id: 'seven', favourite_colour: 'blue' });

    assert.equal(wrong.length, 2);
  });
});

describe('A member of Halo’s models', () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
  });
  after(() => desk[Symbol.asyncDispose]());

  for (const resource of deskResources) {
    it(`of ${resource.path} is given back as it was posted`, async () => {
      const needed = await necessary(resource, desk);

      await fc.assert(
        fc.asyncProperty(someMembers(resource), async (some) => {
          const posted: Json = { ...some, ...needed, ...nameOf(resource) };
          const saved = await desk.post(`/api/${resource.path}`, [posted]);
          assert.equal(saved.status, 201, saved.text);
          const found = await desk.get(addressOf(resource, saved.body));
          for (const [name, value] of Object.entries(posted)) {
            if (resource.members[name]?.shown === 'never') assert.equal(name in found.body, false);
            else assert.deepEqual(found.body[name] ?? null, value, `${resource.path}.${name}`);
          }
        }),
        { numRuns: 15 },
      );
    });
  }
});

describe('A priority', () => {
  it('is refused where another of its service level has its number', async () => {
    await using desk = await aDeskServer();
    const posted = { name: 'Whenever', slaid: 1, priorityid: 4711 };
    await desk.post('/api/Priority', [posted]);
    const again = await desk.post('/api/Priority', [posted]);

    assert.equal(again.status, 400);
    assert.match(again.text, /Another priority has this value already; choose another\./);
  });
});

describe('A member that the desk itself keeps', () => {
  it('is taken from nobody', async () => {
    await using desk = await aDeskServer();
    const forged = { datecreated: '1999-01-01T00:00:00', ulastupdate: '1999-01-01T00:00:00' };
    const closed = { dateclosed: '1999-01-01T00:00:00', hasbeenclosed: true, deleted: true };

    const user = await desk.post('/api/Users', {
      ...forged,
      ...{ name: 'Ines Marlow', site_id: desk.larkfield.porto, site_name: 'Atlantis' },
    });
    const ticket = await desk.post('/api/Tickets', { summary: 'x', ...forged, ...closed });
    const action = await desk.post('/api/Actions', {
      ...{ ticket_id: ticket.body.id, outcome_id: 7, who: 'Somebody else', actionby_user_id: 1 },
    });

    assert.notEqual(user.body.datecreated, forged.datecreated);
    assert.notEqual(user.body.ulastupdate, forged.ulastupdate);
    assert.equal(user.body.site_name, 'Porto');
    assert.equal(ticket.body.dateclosed, null);
    assert.equal(ticket.body.deleted, false);
    assert.notEqual(ticket.body.datecreated, forged.datecreated);
    assert.equal(action.body.who, 'Tomas Reis');
    assert.equal(action.body.actionby_user_id, null);
  });
});

/** What a new one cannot be without, and what must name something that exists. */
async function necessary(resource: Resource, desk: DeskServer): Promise<Json> {
  const { larkfield } = desk;
  switch (resource.path) {
    case 'Users':
      return { name: 'Ines Marlow', site_id: larkfield.porto, linked_agent_id: null };
    case 'Agent':
      return { name: 'Tomas Reis' };
    case 'Client':
      return { name: 'Larkfield Optics' };
    case 'Site':
      return { name: 'Porto', client_id: larkfield.id };
    case 'Tickets':
      return { summary: 'New starter', ...placed(larkfield), agent_id: null, parent_id: null };
    case 'Actions': {
      const ticket = await desk.post('/api/Tickets', { summary: 'New starter' });
      return { ticket_id: ticket.body.id, outcome: 'Noted', outcome_id: 7, ...unmoved };
    }
    case 'Status':
      return { name: 'Waiting for the badge', type: 2 };
    case 'TicketType':
      return { name: 'Mover', initial_status: 2, visible: true };
    case 'Lookup':
      return { name: 'By pigeon', lookupid: 90 };
    case 'Asset':
      return { ...onShelf(larkfield), assettype_id: 3, status_id: 2, parent_id: null };
    case 'Attachment': {
      const ticket = await desk.post('/api/Tickets', { summary: 'New starter' });
      return { filename: 'a.txt', ticket_id: ticket.body.id, data_base64: 'aGFsbG8=', ...unsaid };
    }
    case 'Field':
      return { name: 'Colour of the lid', parenttype_id: 1 };
    case 'CustomField':
      return { name: 'Badge', usage: 4, type: 0, inputtype: 0 };
    case 'Priority':
      return { name: 'Whenever' };
    case 'CabMember': {
      const board = await desk.post('/api/Cab', { name: randomUUID() });
      return { cab_id: board.body.id, user_id: null, agent_id: null, member_name: 'Rui Prata' };
    }
    case 'Outcome':
      return { name: 'Sent a badge', newstatus: null };
    default:
      return { name: 'Night shift' };
  }
}

const placed = ({ id, porto }: DeskServer['larkfield']) => ({
  ...{ client_id: id, site_id: porto, user_id: -1, tickettype_id: 5, status_id: 2 },
  ...{ priority_id: 3, sla_id: 1 },
});
const onShelf = ({ porto }: DeskServer['larkfield']) => ({
  inventory_number: 'A-17',
  site_id: porto,
});
const unsaid = { content_type: 'text/plain', showforusers: true, faultid: null };
const unmoved = { new_status: 1, new_agent: 0, new_priority: 0, new_tickettype: 0, new_sla_id: 0 };

let numbered = 1_000;

/** Where no two records share a name or number, each gets one of its own. */
function nameOf({ path }: Resource): Json {
  const name = randomUUID();
  if (path === 'Priority') {
    numbered += 1;
    return { priorityid: numbered };
  }
  if (path === 'Agent') return { email: `${name}@larkfield.test`, ad: name };
  return ['CustomField', 'Roles', 'UserRoles', 'Field', 'Cab'].includes(path) ? { name } : {};
}

/** One of every member that may be written, each of its type. */
async function full(resource: Resource, desk: DeskServer): Promise<Json> {
  const [all] = fc.sample(someMembers(resource, true), { numRuns: 1, seed: 7 });
  return { ...all, ...(await necessary(resource, desk)) };
}

function someMembers(resource: Resource, all = false): fc.Arbitrary<Json> {
  const writable = Object.entries(resource.members).filter(([name, member]) =>
    isFree(name, member),
  );
  const shape = Object.fromEntries(writable.map(([name, member]) => [name, values[member.type]]));
  return all ? fc.record(shape) : fc.record(shape, { requiredKeys: [] });
}

/** What has a story of its own: custom fields, a client's main site, what an action does to its ticket. */
const apart = [
  'customfields',
  'add_roles',
  'main_site_id',
  'new_team',
  'new_category1',
  'new_category2',
];

function isFree(name: string, { kept }: Member): boolean {
  return (
    (kept.in === 'column' || kept.in === 'extra' || kept.in === 'command') && !apart.includes(name)
  );
}

const text = anyText({ minLength: 1, maxLength: 40 }).filter(
  (some) => some.isWellFormed() && !some.includes('\0') && some.trim() !== '',
);

const values: Readonly<Record<MemberType, fc.Arbitrary<unknown>>> = {
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  double: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e9 }).map((x) => x + 0),
  text,
  bool: fc.boolean(),
  time: fc
    .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
    .map((at) => at.toISOString().slice(0, 19)),
  uuid: fc.uuid(),
  any: fc.jsonValue({ maxDepth: 2 }),
  object: fc.constant({}),
  objects: fc.constantFrom([], [{}]),
};

function addressOf(resource: Resource, saved: Json): string {
  const others = resource.keys
    .filter((name) => name !== 'id')
    .map((name) => `${name}=${saved[name]}`);
  return `/api/${resource.path}/${saved.id}?${others.join('&')}`;
}
