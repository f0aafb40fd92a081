// Filters as people write them: what is read, and what is refused with its place.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { FilterFault, joinedLimits, type LdapFilter, parseFilter } from './ldap-filter.ts';

const bytes = (text: string) => Buffer.from(text);

describe('A filter', () => {
  for (const [text, filter] of [
    // The examples of RFC 4515 §4.
    ['(cn=Babs Jensen)', { kind: 'equal', attribute: 'cn', value: bytes('Babs Jensen') }],
    [
      '(!(cn=Tim Howes))',
      { kind: 'not', of: { kind: 'equal', attribute: 'cn', value: bytes('Tim Howes') } },
    ],
    [
      '(o=univ*of*mich*)',
      {
        kind: 'substrings',
        attribute: 'o',
        initial: bytes('univ'),
        any: [bytes('of'), bytes('mich')],
        final: undefined,
      },
    ],
    ['(seeAlso=)', { kind: 'equal', attribute: 'seeAlso', value: bytes('') }],
    [
      '(cn:caseExactMatch:=Fred Flintstone)',
      {
        kind: 'extensible',
        attribute: 'cn',
        rule: 'caseExactMatch',
        inDn: false,
        value: bytes('Fred Flintstone'),
      },
    ],
    [
      '(cn:=Betty Rubble)',
      {
        kind: 'extensible',
        attribute: 'cn',
        rule: undefined,
        inDn: false,
        value: bytes('Betty Rubble'),
      },
    ],
    [
      '(sn:dn:2.4.6.8.10:=Barney Rubble)',
      {
        kind: 'extensible',
        attribute: 'sn',
        rule: '2.4.6.8.10',
        inDn: true,
        value: bytes('Barney Rubble'),
      },
    ],
    [
      '(o:dn:=Ace Industry)',
      {
        kind: 'extensible',
        attribute: 'o',
        rule: undefined,
        inDn: true,
        value: bytes('Ace Industry'),
      },
    ],
    [
      '(:1.2.3:=Wilma Flintstone)',
      {
        kind: 'extensible',
        attribute: undefined,
        rule: '1.2.3',
        inDn: false,
        value: bytes('Wilma Flintstone'),
      },
    ],
    [
      '(o=Parens R Us \\28for all your parenthetical needs\\29)',
      {
        kind: 'equal',
        attribute: 'o',
        value: bytes('Parens R Us (for all your parenthetical needs)'),
      },
    ],
    [
      '(cn=*\\2A*)',
      {
        kind: 'substrings',
        attribute: 'cn',
        initial: undefined,
        any: [bytes('*')],
        final: undefined,
      },
    ],
    [
      '(bin=\\00\\00\\00\\04)',
      { kind: 'equal', attribute: 'bin', value: Buffer.from([0, 0, 0, 4]) },
    ],
    ['(sn=Lu\\c4\\8di\\c4\\87)', { kind: 'equal', attribute: 'sn', value: bytes('Lučić') }],
    [
      '(1.3.6.1.4.1.1466.0=\\04\\02\\48\\69)',
      { kind: 'equal', attribute: '1.3.6.1.4.1.1466.0', value: Buffer.from([4, 2, 0x48, 0x69]) },
    ],
    ['(userCertificate;binary=*)', { kind: 'present', attribute: 'userCertificate;binary' }],
    ['(uSNChanged>=17)', { kind: 'at-least', attribute: 'uSNChanged', value: bytes('17') }],
    ['(uSNChanged<=17)', { kind: 'at-most', attribute: 'uSNChanged', value: bytes('17') }],
    ['(cn~=Ines)', { kind: 'approximately', attribute: 'cn', value: bytes('Ines') }],
    ['  (cn=a=b)  ', { kind: 'equal', attribute: 'cn', value: bytes('a=b') }],
  ] as readonly (readonly [string, LdapFilter])[]) {
    it(`${text.trim()} is read as it is meant`, () => {
      assert.deepEqual(parseFilter(text), filter);
    });
  }

  for (const [text, at] of [
    ['', 0],
    ['cn=x', 0],
    ['()', 1],
    ['(&)', 2],
    ['(|(cn=a)', 8],
    ['(!)', 2],
    ['(!(a=b)(c=d))', 7],
    ['(cn=a)x', 6],
    ['(cn=a))', 6],
    ['(cn=a\\2)', 5],
    ['(cn=a\\zz)', 5],
    ['(cn=a\0b)', 5],
    ['(cn=a(b)', 5],
    ['(c n=a)', 1],
    ['(=a)', 1],
    ['(cn=a**b)', 4],
    ['(cn:dn:a:b:=x)', 1],
    ['(:=x)', 1],
    ['(1..2=x)', 1],
  ] as const) {
    it(`${JSON.stringify(text)} is refused, with its place`, () => {
      assert.throws(
        () => parseFilter(text),
        (error) => error instanceof FilterFault && error.at === at,
      );
    });
  }

  it('is refused when it is too deep or too long, at once', () => {
    assert.throws(() => parseFilter(`${'(!'.repeat(60)}(a=b)${')'.repeat(60)}`), FilterFault);
    assert.throws(() => parseFilter(`(cn=${'x'.repeat(9_000)})`), FilterFault);
    assert.throws(() => parseFilter('('.repeat(7_999)), FilterFault);
  });

  it('may be put within another, however deep and long it may be by itself', () => {
    for (const most of [`${'(!'.repeat(50)}(a=b)${')'.repeat(50)}`, `(cn=${'x'.repeat(7_995)})`]) {
      parseFilter(most);
      assert.throws(() => parseFilter(`(&(!(c=d))(|${most}))`), FilterFault);
      parseFilter(`(&(!(c=d))(|${most}))`, joinedLimits);
    }
  });

  it('holds any octets that were escaped', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (octets) => {
        const text = [...octets].map((one) => `\\${one.toString(16).padStart(2, '0')}`).join('');
        const filter = parseFilter(`(objectGUID=${text})`);
        assert.ok(filter.kind === 'equal' && filter.value.equals(octets));
      }),
    );
  });

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'()&|!=*\\:~<>a1 .;'), maxLength: 40 }),
        (text) => {
          try {
            parseFilter(text);
          } catch (error) {
            assert.ok(error instanceof FilterFault);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
