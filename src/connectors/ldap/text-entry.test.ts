// Texts read off the wire in one pass, held against the reader that decodes everything.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BerWriter } from 'ldapts';
import fc from '#test/property.ts';
import { textsOf } from './entry.ts';
import { BrokenMessage } from './frames.ts';
import { decoded, readMessage } from './raw-entry.ts';
import { textReader } from './text-entry.ts';

type Given = {
  readonly dn: string;
  readonly attributes: readonly { readonly type: string; readonly values: readonly Buffer[] }[];
};

const names = ['cn', 'CN', 'cn;lang-pt', 'mail', 'objectGUID', 'objectSid', 'jpegPhoto', 'manager'];
const asked = ['CN', 'mail', 'objectguid', 'JPEGPHOTO', 'cn', 'absent'];

const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
);
const given: fc.Arbitrary<Given> = fc.record({
  dn: fc.string({ unit: 'grapheme', maxLength: 60 }),
  attributes: fc.array(
    fc.record({ type: fc.constantFrom(...names), values: fc.array(value, { maxLength: 4 }) }),
    { maxLength: 8 },
  ),
});

function rawOf({ dn, attributes }: Given) {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(1);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const { type, values } of attributes) {
    writer.startSequence();
    writer.writeString(type);
    writer.startSequence(0x31);
    for (const one of values) writer.writeBuffer(one, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  for (let open = 0; open < 3; open += 1) writer.endSequence();
  return { bytes: readMessage(writer.buffer).contents };
}

describe('The texts of an entry', () => {
  it('are those that decoding all of it gives, in any letter case and with any octets', () => {
    const read = textReader(asked);
    fc.assert(
      fc.property(given, (one) => {
        const raw = rawOf(one);
        const whole = decoded(raw);

        const found = read(raw);

        assert.equal(found?.dn, whole.dn);
        assert.deepEqual(
          found?.texts,
          asked.map((name) => textsOf(whole, name)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('are not given where the directory owes a part of the values', () => {
    const values = [Buffer.from('cn=a')];
    const part = { dn: 'cn=all', attributes: [{ type: 'member;range=0-1499', values }] };
    const last = { dn: 'cn=all', attributes: [{ type: 'member;range=1500-*', values }] };
    const read = textReader(['member']);

    assert.equal(read(rawOf(part)), undefined);
    assert.deepEqual(read(rawOf(last))?.texts, [['cn=a']]);
  });

  it('of one that is broken anywhere are refused, never read beyond its end', () => {
    const read = textReader(asked);
    fc.assert(
      fc.property(given, fc.nat(), fc.integer({ min: 0, max: 255 }), (one, at, octet) => {
        const { bytes } = rawOf(one);
        const spoilt = Buffer.from(bytes);
        spoilt[at % bytes.length] = octet;
        try {
          read({ bytes: spoilt });
        } catch (error) {
          assert.ok(error instanceof BrokenMessage, String(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
