// Which attributes of a directory hold secrets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFilter } from '#lib/ldap-filter.ts';
import { isSecretAttribute, secretsIn } from './secret-attributes.ts';

describe('An attribute', () => {
  for (const name of [
    ...['userPassword', 'USERPASSWORD', 'userPassword;x-old', '2.5.4.35', 'unicodePwd', 'dBCSPwd'],
    ...['ntPwdHistory', 'lmPwdHistory', 'pwdHistory', 'supplementalCredentials', 'krbPrincipalKey'],
    ...['ms-Mcs-AdmPwd', 'msLAPS-Password', 'msLAPS-EncryptedPassword', 'msDS-ManagedPassword'],
    ...['sambaNTPassword', 'unixUserPassword', 'msFVE-RecoveryPassword', 'trustAuthIncoming'],
    ...['ipaNTHash', 'userPKCS12', 'authPassword', '1.2.840.113556.1.6.44.1.1'],
  ]) {
    it(`is a secret: ${name}`, () => {
      assert.equal(isSecretAttribute(name), true);
    });
  }

  for (const name of ['mail', 'pwdLastSet', 'userPrincipalName', 'badPwdCount', '2.5.4.3', '']) {
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

    assert.deepEqual(secretsIn(filter), [
      ...['userPassword', 'unicodePwd', 'ms-Mcs-AdmPwd', 'msLAPS-Password'],
    ]);
    assert.deepEqual(secretsIn(parseFilter('(&(mail=*)(!(cn:dn:=userPassword)))')), []);
  });
});
