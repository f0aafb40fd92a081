// How long a message can hold up the event loop: twice the size is at most some twice the time, and everything ends at a limit.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { before, describe, it, mock } from 'node:test';
import { openTrace, SsoRefusal } from '#domain/sso/trace.ts';
import { Secret } from '#lib/secret.ts';
import { expectedResponse } from '#test/saml/expected.ts';
import { encrypted } from '#test/servers/saml-encrypting.ts';
import {
  anAssertion,
  aProviderKey,
  aResponse,
  assertionId,
  type ProviderKey,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { scan, scanLimits } from './scan.ts';
import { verifyResponse } from './verifier.ts';

let key: ProviderKey;
let ours: ProviderKey;
before(async () => {
  key = await aProviderKey();
  ours = await aProviderKey();
});

const shapes: readonly (readonly [string, (count: number) => string])[] = [
  ['text', (count) => `<a>${'x'.repeat(count)}</a>`],
  ['elements', (count) => `<a>${'<b/>'.repeat(count / 4)}</a>`],
  ['elements that never end', (count) => '<b>'.repeat(count / 3)],
  [
    'attributes',
    (count) => `<a ${Array.from({ length: count / 10 }, (_, at) => `a${at}=""`).join(' ')}/>`,
  ],
  ['an attribute without an end', (count) => `<a b="${'x'.repeat(count)}`],
  ['a name without an end', (count) => `<${'a'.repeat(count)}`],
  ['blanks in a tag', (count) => `<a${' '.repeat(count)}`],
  ['blanks in an end tag', (count) => `<a></a${' '.repeat(count)}x>`],
  ['references', (count) => `<a>${'&amp;'.repeat(count / 5)}</a>`],
  ['ampersands', (count) => `<a>${'&'.repeat(count)}</a>`],
  ['references without an end', (count) => `<a>${'&#1'.repeat(count / 3)}</a>`],
  ['pointed brackets', (count) => '<'.repeat(count)],
  ['a declaration without an end', (count) => `<?xml version="1.0"${' '.repeat(count)}`],
  ['namespaces', (count) => `<a>${'<b xmlns:p="urn:p"/>'.repeat(count / 20)}</a>`],
  ['square brackets', (count) => `<a>${']'.repeat(count)}</a>`],
  ['quotes', (count) => `<a ${`b='"`.repeat(count / 4)}`],
];

describe('The scanner', () => {
  for (const [title, shape] of shapes) {
    it(`reads ${title} in time linear in their size`, () => {
      const [small, large] = [scanLimits.bytesMax / 4, scanLimits.bytesMax];

      const times = [small, large].map((size) => cpuMs(() => scan(shape(size))));

      const [short = 0, long = 0] = times;
      // Four times the size; sixteen times the time would be quadratic.
      assert.ok(long < Math.max(10, short * 9), `${short} ms, then ${long} ms`);
    });
  }
});

describe('A message at the limits of everything', () => {
  it('is judged in a time that grows no faster than itself', () => {
    const junk = (count: number) =>
      Buffer.from(
        signedResponse('assertion', key, {
          response: {
            extensions: `<samlp:Extensions>${'<a b="" c=""/>'.repeat(count)}</samlp:Extensions>`,
          },
        }),
      );
    const expected = expectedResponse([key.certificate]);

    const [short = 0, long = 0] = [130, 520].map((count) => {
      const message = junk(count);
      return cpuMs(() => verifyResponse(message, expected, openTrace()));
    });

    assert.ok(long < Math.max(20, short * 9), `${short} ms, then ${long} ms`);
  });
});

describe('A decryption that fails', () => {
  it('fails alike, whatever it is that fails', () => {
    const decryptionKey = new Secret(
      ours.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    );
    const expected = expectedResponse([key.certificate], { decryptionKey });
    const sealed = encrypted(signed(anAssertion(), assertionId, key), ours.certificate);
    const [wrapped = '', octets = ''] = [...sealed.matchAll(/CipherValue>([^<]+)</g)].map(
      ([, value = '']) => value,
    );
    const broken = (value: string) =>
      Buffer.from(value, 'base64').fill(7, 30, 60).toString('base64');
    const messages = [
      sealed.replace(wrapped, broken(wrapped)),
      sealed.replace(octets, broken(octets)),
    ].map((each) => Buffer.from(aResponse(each)));

    const tried = messages.map((message) => {
      const decrypts = mock.method(crypto, 'privateDecrypt');
      const decipherments = mock.method(crypto, 'createDecipheriv');
      syncBuiltinESMExports();
      try {
        const {
          check,
          message: text,
          facts,
        } = refusalOf(() => verifyResponse(message, expected, openTrace()));
        const did = [decrypts.mock.callCount(), decipherments.mock.callCount()];
        return { check, text, facts, did, deciphers: decipherments.mock.calls[0]?.arguments[0] };
      } finally {
        mock.restoreAll();
        syncBuiltinESMExports();
      }
    });

    // The same work each time: neither the words nor the time tell which of the two was wrong.
    const alike = {
      check: 'saml.decryption',
      text: 'It cannot be decrypted.',
      facts: {},
      did: [1, 1],
      deciphers: 'aes-256-gcm',
    };
    assert.deepEqual(tried, [alike, alike]);
  });
});

function refusalOf(verify: () => unknown): SsoRefusal {
  try {
    verify();
  } catch (error) {
    assert.ok(error instanceof SsoRefusal, String(error));
    return error;
  }
  return assert.fail('it was not refused');
}

/**
 * CPU time of this thread for one round: neighbours do not count, and of so many rounds neither does the clock's
 * grain, 10 ms on some machines.
 */
function cpuMs(work: () => unknown): number {
  work();
  const before = process.threadCpuUsage();
  const elapsed = () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  let rounds = 0;
  while (rounds < 7 || (elapsed() < 100 && rounds < 500)) {
    work();
    rounds += 1;
  }
  return elapsed() / rounds;
}
