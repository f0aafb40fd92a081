// What cannot be written to the audit trail does not happen: at every route of the desk that writes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { type Operation, operationsOf, valueArbitrary } from '#test/contracts/fuzz-openapi.ts';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';
import fc from '#test/property.ts';

const bodiesEach = 8;

describe('A desk whose audit trail cannot be written', () => {
  let desk: DeskServer;
  let owner: pg.Client;
  let document: unknown;
  before(async () => {
    desk = await aDeskServer();
    document = (await desk.get('/openapi.json')).body;
    owner = new pg.Client({ connectionString: desk.database.ownerConnectionString.reveal() });
    await owner.connect();
    await owner.query(`
      create function broken() returns trigger language plpgsql as $$
        begin raise exception 'the audit trail is full'; end $$;
      create trigger broken before insert on audit_entries
        for each statement execute function broken()`);
  });
  after(async () => {
    await owner.end();
    await desk[Symbol.asyncDispose]();
  });

  it('takes nothing, at any route, whatever is sent', async () => {
    const writing = operationsOf(document).filter(({ method }) => method !== 'GET');
    const refused = new Set<string>();

    for (const operation of writing) {
      const earlier = await everything(owner);
      for (const body of bodiesFor(operation)) {
        const path = operation.path.replaceAll(/\{\w+\}/g, String(desk.larkfield.id));
        const { status } = await desk.send(operation.method, path, body);
        if (status >= 500) refused.add(operation.id);
      }
      assert.deepEqual(await everything(owner), earlier, `${operation.method} ${operation.path}`);
    }

    assert.ok(writing.length > 20, `${writing.length} operations`);
    // The others never came so far as to write: their bodies were refused for what they hold.
    assert.ok(refused.size >= 8, [...refused].join(', '));
  });

  it('takes what would be taken otherwise as little', async () => {
    const { id, bristol } = desk.larkfield;
    const valid: readonly (readonly [string, unknown])[] = [
      ['/api/Client', { name: 'Tidewater Glass' }],
      ['/api/Client', { id, name: 'Larkfield Optics Ltd' }],
      ['/api/Site', { name: 'Lisbon', client_id: id }],
      ['/api/Site', { id: bristol, phonenumber: '0117 496 0001' }],
      ['/api/Users', { name: 'Ines Marlow', site_id: bristol }],
      ['/api/Agent', { name: 'Rosa Hale', email: 'rosa.hale@larkfield.test' }],
      [
        '/api/Tickets',
        { summary: 'New starter', details: 'Ines begins', client_id: id, site_id: bristol },
      ],
    ];
    const earlier = await everything(owner);

    for (const [path, body] of valid) {
      assert.equal((await desk.post(path, body)).status, 500, JSON.stringify(body));
    }
    assert.equal((await desk.delete(`/api/Site/${desk.larkfield.porto}`)).status, 500);

    assert.deepEqual(await everything(owner), earlier);
  });

  function bodiesFor({ body }: Operation): readonly (string | undefined)[] {
    if (body === undefined) return [undefined];
    const { components } = z
      .looseObject({
        components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
      })
      .parse(document);
    const values = valueArbitrary(body.schema, components.schemas);
    return fc.sample(values, bodiesEach).map((value) => JSON.stringify(value));
  }
});

/** A digest of every table. */
async function everything(owner: pg.Client): Promise<unknown> {
  const { rows } = await owner.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  const digests = rows.map(
    ({ name }) =>
      `select '${name}' as name, md5(coalesce(string_agg(t::text, '' order by t::text), '')) as digest from ${name} t`,
  );
  return (await owner.query(`${digests.join(' union all ')} order by name`)).rows;
}
