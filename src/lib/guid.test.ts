import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { guidBytes, guidText, isGuid, sidBytes, sidText, uuidOctets, uuidText } from './guid.ts';

describe('The immutable id of an account', () => {
  it('is read with its first three fields turned round, as Microsoft keeps them', () => {
    const bytes = Buffer.from('33221100554477668899aabbccddeeff', 'hex');

    assert.equal(guidText(bytes), '00112233-4455-6677-8899-aabbccddeeff');
  });

  it('comes back from its text byte for byte', () => {
    const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });

    fc.assert(
      fc.property(sixteen, (bytes) => Buffer.compare(guidBytes(guidText(bytes)), bytes) === 0),
    );
  });

  it('is refused when it is no GUID', () => {
    assert.equal(isGuid('00112233-4455-6677-8899-aabbccddeef'), false);
    assert.equal(isGuid('{00112233-4455-6677-8899-aabbccddeeff}'), true);
    assert.throws(() => guidBytes('*)(objectClass=*'));
    assert.throws(() => guidText(Buffer.alloc(15)));
  });
});

describe('A UUID', () => {
  const octets = Buffer.alloc(16);

  it('is read in the order of its text, in either case, and written in lower case', () => {
    assert.ok(uuidOctets('00112233-4455-6677-8899-AABBCCDDEEFF', octets));

    assert.equal(octets.toString('hex'), '00112233445566778899aabbccddeeff');
    assert.equal(uuidText(octets), '00112233-4455-6677-8899-aabbccddeeff');
  });

  it('is none where a sign is too many, missing, no digit or at another place', () => {
    for (const text of [
      '00112233-4455-6677-8899-aabbccddeef',
      '00112233-4455-6677-8899-aabbccddeeff0',
      '{00112233-4455-6677-8899-aabbccddeeff}',
      '00112233-4455-6677-8899-aabbccddeefg',
      '00112233-4455-6677-8899-aabbccddeefé',
      '001122334-455-6677-8899-aabbccddeeff',
      '00112233+4455-6677-8899-aabbccddeeff',
    ]) {
      assert.equal(uuidOctets(text, octets), false, text);
    }
    assert.throws(() => uuidText(Buffer.alloc(17)), RangeError);
  });
});

describe('A security identifier', () => {
  it('is read as Windows shows it and comes back byte for byte', () => {
    const bytes = Buffer.from('01020000000000052000000020020000', 'hex');

    assert.equal(sidText(bytes), 'S-1-5-32-544');
    assert.deepEqual(sidBytes('S-1-5-32-544'), bytes);
  });

  it('is refused when bytes are missing', () => {
    assert.throws(() => sidText(Buffer.from('010200000000000520000000', 'hex')));
    assert.throws(() => sidBytes('S-1'));
  });
});
