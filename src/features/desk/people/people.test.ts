// The hub's own tables keep the contract of the people of a desk.
import assert from 'node:assert/strict';
import { theHub } from '#domain/actor.ts';
import { systemClock } from '#lib/clock.ts';
import { inTransaction } from '#store/db.ts';
import { deskPeopleContract, type PeopleOnTrial } from '#test/contracts/desk-people.ts';
import { aDeskServer } from '#test/desk/desk-server.ts';
import { deskPeopleOfTheHub } from './queries.ts';
import { writePeople } from './write.ts';

deskPeopleContract("The hub's own desk", openDesk);

async function openDesk(): Promise<PeopleOnTrial> {
  const server = await aDeskServer();
  const { db } = server.database;
  return {
    people: deskPeopleOfTheHub(db, systemClock, null),
    write: (changes, known) =>
      inTransaction(db, (tx) =>
        writePeople(tx, { actor: theHub, clientId: null }, changes, new Date(), known),
      ),
    refresh: async () => {},
    isRemote: false,
    siteId: server.larkfield.bristol,
    otherSiteId: server.larkfield.porto,
    async post(path, body) {
      const reply = await server.post(path, body);
      assert.equal(reply.status, 201, reply.text);
      return reply.body;
    },
    get: async (path) => (await server.get(path)).body,
    async delete(path) {
      assert.equal((await server.delete(path)).status, 200);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
