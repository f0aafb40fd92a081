import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyText } from '#test/contracts/any-text.ts';
import fc from '#test/property.ts';
import {
  childDn,
  escapeValue,
  formatDn,
  isWithin,
  oneSpelling,
  parentDn,
  parseDn,
  sameDn,
} from './dn.ts';

const porto = 'OU=Porto,OU=People,DC=ad,DC=larkfield,DC=test';

describe('A distinguished name', () => {
  it('keeps a person called Doe, Jane in the container she was put in', () => {
    const dn = childDn('CN', 'Doe, Jane (x)*\\ #é,', porto);

    assert.equal(dn, `CN=Doe\\, Jane (x)*\\\\ #é\\,,${porto}`);
    assert.equal(parentDn(dn), porto);
  });

  it('gives back any name that was put into it', () => {
    const name = anyText({ minLength: 1, maxLength: 64 });

    fc.assert(
      fc.property(name, (value) => {
        const wellFormed = value.toWellFormed();

        assert.deepEqual(parseDn(childDn('CN', wellFormed, porto))?.[0], [
          { type: 'CN', value: wellFormed },
        ]);
      }),
    );
  });

  it('has one spelling, which people can read', () => {
    for (const [given, one] of [
      [porto, porto],
      ['cn=Doe\\2C Jane\\20,OU=Porto', 'cn=Doe\\, Jane\\ ,OU=Porto'],
      ['CN="Doe, Jane" ; OU = Porto', 'CN=Doe\\, Jane,OU=Porto'],
      ['uid=jane+CN=Jane,OU=Porto', 'CN=Jane+uid=jane,OU=Porto'],
      ['cn=\\c3\\a9\\23,OU=Porto', 'cn=é#,OU=Porto'],
      ['no name, at all', 'no name, at all'],
    ] as const) {
      assert.equal(oneSpelling(given), one);
    }
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 64 }), (value) => {
        const dn = childDn('CN', value.toWellFormed(), porto);
        assert.equal(oneSpelling(oneSpelling(dn)), oneSpelling(dn));
        assert.equal(sameDn(oneSpelling(dn), dn), true);
      }),
    );
  });

  it('cannot be broken out of by a name', () => {
    const dn = childDn('CN', 'x,OU=Domain Controllers', porto);

    assert.equal(isWithin(dn, porto), true);
    assert.equal(parseDn(dn)?.length, 6);
  });

  it('escapes what RFC 4514 asks to be escaped', () => {
    assert.equal(escapeValue(' lead and trail '), '\\ lead and trail\\ ');
    assert.equal(escapeValue('#1'), '\\#1');
    assert.equal(escapeValue('a"b+c;d<e>f=g\0\n'), 'a\\"b\\+c\\;d\\<e\\>f\\=g\\00\\0a');
    assert.equal(escapeValue(' '), '\\ ');
  });

  it('is the same whatever its case, spaces and way of escaping', () => {
    assert.equal(sameDn('cn=Doe\\2c Jane, ou=porto', 'CN="Doe, Jane",OU=Porto'), true);
    assert.equal(sameDn('CN=Jané', 'CN=Jan\\C3\\A9'), true);
    assert.equal(sameDn('CN=a,CN=b', 'CN=a\\,CN\\=b'), false);
  });

  it('lies within its container and not within one that merely ends alike', () => {
    assert.equal(isWithin(porto, 'ou=people,dc=AD,dc=larkfield,dc=test'), true);
    assert.equal(isWithin('OU=NotPeople,DC=test', 'OU=People,DC=test'), false);
    assert.equal(isWithin('CN=x\\,OU\\=People,DC=test', 'OU=People,DC=test'), false);
  });

  it('is nothing when the text is none', () => {
    for (const text of ['Quality', 'CN', '=x', 'CN=a,,DC=b', 'CN=a\\', 'CN=#04']) {
      assert.equal(parseDn(text), undefined, text);
    }
    assert.equal(parentDn('Quality'), undefined);
  });

  it('is written as it was read', () => {
    assert.equal(formatDn(parseDn(porto) ?? []), porto);
  });
});
