// Messages cut out of the wire and entries read off it, held against ldapts's own parser.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BerWriter, MessageParser, SearchEntry } from 'ldapts';
import fc from '#test/property.ts';
import { tags } from './ber.ts';
import { BrokenMessage, framer } from './frames.ts';
import { decoded, digestOf, firstValueOf, readMessage } from './raw-entry.ts';

type Given = {
  readonly id: number;
  readonly dn: string;
  readonly attributes: readonly (readonly [string, readonly Buffer[]])[];
};

const value = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const given: fc.Arbitrary<Given> = fc.record({
  id: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  dn: fc.string({ unit: 'grapheme', maxLength: 200 }),
  attributes: fc.array(
    fc.tuple(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,20}$/), fc.array(value, { maxLength: 4 })),
    { maxLength: 12 },
  ),
});

function message({ id, dn, attributes }: Given): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const [type, values] of attributes) {
    writer.startSequence();
    writer.writeString(type);
    writer.startSequence(0x31);
    for (const one of values) writer.writeBuffer(one, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

function asLdaptsReads(bytes: Buffer): SearchEntry {
  const parser = new MessageParser();
  const found: unknown[] = [];
  parser.on('message', (one) => found.push(one));
  parser.on('error', (error) => assert.fail(error));
  parser.read(bytes, new Map());
  const [entry] = found;
  assert.ok(entry instanceof SearchEntry);
  return entry;
}

/** Cuts the bytes where the numbers say, anywhere. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((one) => one % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...places, bytes.length].map((end, n) => bytes.subarray(places[n - 1] ?? 0, end));
}

describe('What comes over the wire', () => {
  it('is cut into the same messages, however it arrives', () => {
    fc.assert(
      fc.property(
        fc.array(given, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (all, places) => {
          const messages = all.map(message);
          const frames = framer(1_000_000);

          const found = cut(Buffer.concat(messages), places).flatMap((part) => [...frames(part)]);

          assert.deepEqual(found.map(String), messages.map(String));
          assert.ok(found.every((frame, at) => messages[at]?.equals(frame)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is copied only where it was cut in two', () => {
    const messages = [1, 2, 3].map((id) => message({ id, dn: 'x'.repeat(5_000), attributes: [] }));
    const all = Buffer.concat(messages);
    const head = all.subarray(0, 100);
    const tail = Buffer.alloc(all.length - head.length);
    all.copy(tail, 0, head.length);
    const frames = framer(1_000_000);

    assert.deepEqual(frames(head), []);
    const found = frames(tail);

    assert.deepEqual(
      found.map(({ buffer }) => buffer === tail.buffer),
      [false, true, true],
    );
  });

  it('is waited for byte by byte, also in the middle of a length', () => {
    const long = message({ id: 1, dn: 'x'.repeat(70_000), attributes: [] });
    const frames = framer(1_000_000);

    const found = Array.from(long, (_, at) => frames(long.subarray(at, at + 1))).flat();

    assert.equal(found.length, 1);
    assert.ok(found[0]?.equals(long));
  });

  for (const [title, hex] of [
    ['another tag', '0203010203'],
    ['the indefinite length', '3080020101'],
    ['a length of five octets', '30850000000001'],
    ['a length beyond the limit', '3084000f4241'],
    ['HTTP', Buffer.from('HTTP/1.1 400').toString('hex')],
  ] as const) {
    it(`is refused with ${title}, before it is waited for`, () => {
      assert.throws(() => framer(1_000_000)(Buffer.from(hex, 'hex')), BrokenMessage);
    });
  }
});

describe('An entry on the wire', () => {
  it('is read as ldapts reads it', () => {
    fc.assert(
      fc.property(given, (one) => {
        const bytes = message(one);
        const read = readMessage(bytes);
        const entry = decoded({ bytes: read.contents });
        const other = asLdaptsReads(bytes);

        assert.equal(read.operation, tags.searchEntry);
        assert.equal(read.id, other.messageId);
        assert.equal(entry.dn, other.name);
        const values = new Map<string, Buffer[]>();
        for (const { type, parsedBuffers } of other.attributes) {
          const name = type.toLowerCase();
          values.set(name, [...(values.get(name) ?? []), ...parsedBuffers]);
        }
        assert.deepEqual(entry.values, values);
      }),
      { numRuns: 500 },
    );
  });

  it('gives one attribute’s first value without the rest', () => {
    fc.assert(
      fc.property(given, fc.nat(), (one, at) => {
        const raw = { bytes: readMessage(message(one)).contents };
        const name = one.attributes[at % Math.max(one.attributes.length, 1)]?.[0] ?? 'absent';
        const same = one.attributes.find(([type]) => type.toLowerCase() === name.toLowerCase());

        const found = firstValueOf(raw, Buffer.from(name.toLowerCase()));

        assert.deepEqual(found, same?.[1][0]);
      }),
      { numRuns: 500 },
    );
  });

  it('has a digest that tells any change of name or value, and nothing else', () => {
    const one: Given = {
      id: 7,
      dn: 'uid=maya,dc=larkfield,dc=test',
      attributes: [['mail', [Buffer.from('maya@larkfield.test')]]],
    };
    const digest = (change: Partial<Given>) =>
      digestOf({ bytes: readMessage(message({ ...one, ...change })).contents }).toString('hex');

    assert.equal(digest({}).length, 32);
    assert.equal(digest({ id: 8 }), digest({}));
    const others = [
      digest({ dn: 'uid=mayb,dc=larkfield,dc=test' }),
      digest({ attributes: [['mail', [Buffer.from('mayb@larkfield.test')]]] }),
      digest({ attributes: [['mail', []]] }),
      digest({ attributes: [] }),
    ];
    assert.equal(new Set([digest({}), ...others]).size, others.length + 1);
  });

  it('says what the directory still owes of a long attribute', () => {
    const part = [Buffer.from('cn=a')];
    const attributes = [['member;range=0-1499', part]] as const;

    const entry = decoded({
      bytes: readMessage(message({ id: 1, dn: 'cn=all', attributes })).contents,
    });

    assert.deepEqual(entry.owed, new Map([['member', 1500]]));
    assert.deepEqual(entry.values, new Map([['member', part]]));
  });

  it('that is broken anywhere is refused, never read beyond its end', () => {
    fc.assert(
      fc.property(given, fc.nat(), fc.integer({ min: 0, max: 255 }), (one, at, octet) => {
        const bytes = message(one);
        const spoilt = Buffer.from(bytes);
        spoilt[at % bytes.length] = octet;
        try {
          const { contents } = readMessage(spoilt);
          firstValueOf({ bytes: contents }, Buffer.from('mail'));
          decoded({ bytes: contents });
        } catch (error) {
          assert.ok(error instanceof BrokenMessage, String(error));
        }
      }),
      { numRuns: 2_000 },
    );
    const whole = readMessage(message({ id: 1, dn: 'cn=a', attributes: [['cn', []]] })).contents;
    for (let end = 0; end < whole.length; end += 1) {
      assert.throws(() => decoded({ bytes: whole.subarray(0, end) }), BrokenMessage);
    }
  });
});
