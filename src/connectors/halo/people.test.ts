// What the Halo connector makes of people whose records no database could keep as they are.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RemotePeople } from '#domain/ports/remote-people.ts';
import { aFaultyHalo } from '#test/servers/faulty-halo.ts';
import { open, refusalOf } from '#test/servers/halo-trial.ts';

/** A Halo with one user and one agent, whose JSON is this text, wherever they are asked for. */
function haloOf(record: string) {
  return aFaultyHalo(({ path }) => {
    if (path === '/api/Users') return { body: `{"record_count": 1, "users": [${record}]}` };
    if (path === '/api/Agent') return { body: `[${record}]` };
    return /^\/api\/(Users|Agent)\//.test(path) ? { body: record } : undefined;
  });
}

const ways: readonly (readonly [string, (people: RemotePeople) => Promise<unknown>])[] = [
  ['list of users', async (people) => (await Array.fromAsync(people.readAll('user'))).flat()[0]],
  ['list of agents', async (people) => (await Array.fromAsync(people.readAll('agent'))).flat()[0]],
  ['search', async (people) => (await people.search('user', 'Ines'))[0]],
  ['whole record', (people) => people.read('user', 7)],
];

describe('A record of Halo', () => {
  const odd = String.raw`{"id": 7, "name": "Ines\u0000Marlow", "notes": "\uD83D half", "title": "\ud83d\ude00",
    "customfields": [{"name": "CF\u0000", "value": ["\udc00"]}], "\u0000": "\\u0000"}`;
  for (const [way, read] of ways) {
    it(`with NUL or half a character has a sign for it that can be kept, in a ${way}`, async () => {
      await using halo = await haloOf(odd);
      await using desk = open(halo);

      const record = await read(desk.people);

      assert.deepEqual(record, {
        ...{ id: 7, name: 'Ines\u{fffd}Marlow', notes: '\u{fffd} half', title: '\u{1f600}' },
        customfields: [{ name: 'CF\u{fffd}', value: ['\u{fffd}'] }],
        '\u{fffd}': '\\u0000',
      });
    });

    it(`with a number larger than Halo counts is refused in a sentence, in a ${way}`, async () => {
      await using halo = await haloOf('{"id": 2147483648, "name": "Ines Marlow"}');
      await using desk = open(halo);

      const refusal = await refusalOf(read(desk.people));

      assert.match(refusal.code, /^answer\./);
      assert.match(refusal.message, /no id|without its key/);
    });
  }
});

describe('A read of Halo that is called off', () => {
  const reads: readonly (readonly [
    string,
    (people: RemotePeople, signal: AbortSignal) => Promise<unknown>,
  ])[] = [
    ['list of users', (people, signal) => Array.fromAsync(people.readAll('user', signal))],
    ['list of agents', (people, signal) => Array.fromAsync(people.readAll('agent', signal))],
    ['whole record', (people, signal) => people.read('user', 7, signal)],
  ];
  for (const [what, read] of reads) {
    it(`ends at once while Halo is silent about a ${what}`, { timeout: 20_000 }, async () => {
      const stopping = new AbortController();
      await using halo = await aFaultyHalo(({ path }) => {
        if (!/^\/api\/(Users|Agent)/.test(path)) return undefined;
        setImmediate(() => stopping.abort(new Error('cancelled')));
        return 'silence';
      });
      await using desk = open(halo);

      await assert.rejects(read(desk.people, stopping.signal), /cancelled/);
    });
  }
});
