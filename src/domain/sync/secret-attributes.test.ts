// Which attributes of a directory hold secrets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFilter } from '#lib/ldap-filter.ts';
import { isSecretAttribute, secretsIn } from './secret-attributes.ts';

describe('An attribute', () => {
  for (const name of [
    ...['userPassword', 'USERPASSWORD', 'userPassword;x-old', 'unicodePwd', 'dBCSPwd'],
    ...['ntPwdHistory', 'lmPwdHistory', 'pwdHistory', 'supplementalCredentials', 'krbPrincipalKey'],
    ...['ms-Mcs-AdmPwd', 'msLAPS-Password', 'msLAPS-EncryptedPassword', 'msDS-ManagedPassword'],
    ...['sambaNTPassword', 'unixUserPassword', 'msFVE-RecoveryPassword', 'trustAuthIncoming'],
    ...['ipaNTHash', 'userPKCS12', 'authPassword', 'sambaLMPassword'],
  ]) {
    it(`is a secret: ${name}`, () => {
      assert.equal(isSecretAttribute(name), true);
    });
  }

  for (const name of ['mail', 'pwdLastSet', 'userPrincipalName', 'badPwdCount', '']) {
    it(`is none: "${name}"`, () => {
      assert.equal(isSecretAttribute(name), false);
    });
  }
});

describe('A filter', () => {
  it('asks by a secret wherever that stands in it, and in whichever way', () => {
    const filter = parseFilter(
      '(&(mail=*)(|(userPassword=*)(!(unicodePwd=a*b))(ms-Mcs-AdmPwd>=a)(msLAPS-Password:2.5.13.2:=x)))',
    );

    assert.deepEqual(
      secretsIn(filter).map((fault) => /^the secret (\S+) in it/.exec(fault)?.[1]),
      ['userPassword', 'unicodePwd', 'ms-Mcs-AdmPwd', 'msLAPS-Password'],
    );
    assert.deepEqual(secretsIn(parseFilter('(&(mail=*)(!(cn:dn:=userPassword)))')), []);
  });

  it('may ask by a secret where it names no attribute, or one by its number', () => {
    // ms-Mcs-AdmPwd, userPassword with options, and any attribute that has the rule.
    const numbers = [
      '1.2.840.113556.1.8000.2554.50051.45980.28112.18903.35903.6685103.1224907.2.1',
      '2.5.4.35;x-old',
    ];
    for (const number of numbers) {
      assert.deepEqual(secretsIn(parseFilter(`(&(mail=*)(!(${number}=a*)))`)), [
        `the number ${number} in it: write the attribute's name`,
      ]);
    }
    assert.equal(secretsIn(parseFilter('(|(mail=*)(:2.5.13.17:=a))')).length, 1);
    const nested = '(memberOf:1.2.840.113556.1.4.1941:=CN=All Staff,DC=larkfield,DC=test)';
    assert.deepEqual(secretsIn(parseFilter(nested)), []);
  });
});
