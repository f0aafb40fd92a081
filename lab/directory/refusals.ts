// Every refusal of the lab's directory: LDAP's result code and the text Active Directory sends with it.
import type { Result } from './messages.ts';

/** Win32 code first, as in AD; `{words}` are filled in. Clients read the code, people the rest. */
const refusals = {
  'bind-needed': [
    1,
    '000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563',
  ],
  'protocol-version': [
    2,
    '00000057: LdapErr: DSID-0C0901E0, comment: Error decoding ldap message, data 0, v4563',
  ],
  'time-limit': [3, ''],
  'size-limit': [4, ''],
  'authentication-method': [
    7,
    '00002027: LdapErr: DSID-0C0905E4, comment: Invalid Authentication method, data 0, v4563',
  ],
  'tls-needed': [
    8,
    '00002028: LdapErr: DSID-0C09023A, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection, data 0, v4563',
  ],
  'tls-already': [
    1,
    '00000057: LdapErr: DSID-0C0901F6, comment: TLS or SSL already in effect, data 0, v4563',
  ],
  'control-unknown': [
    12,
    '00002040: SvcErr: DSID-03140433, problem 5010 (UNAVAIL_EXTENSION), data 0',
  ],
  'control-wrong': [
    12,
    '00000057: LdapErr: DSID-0C090D1C, comment: Error processing control, data 0, v4563',
  ],
  'extension-unknown': [
    2,
    '0000203D: LdapErr: DSID-0C090E17, comment: Unknown extended request OID, data 0, v4563',
  ],
  'attribute-unknown': [
    16,
    '00000057: LdapErr: DSID-0C090FC7, comment: Error in attribute conversion operation, data 0, v4563',
  ],
  'value-missing': [
    16,
    '00002085: AtrErr: DSID-03152BD6, #1:\n\t0: 00002085: DSID-03152BD6, problem 1001 (NO_ATTRIBUTE_OR_VAL), data 0, Att 0 ({attribute})',
  ],
  'rule-unknown': [
    18,
    '00000057: LdapErr: DSID-0C090DCD, comment: Inappropriate matching, data 0, v4563',
  ],
  'value-constraint': [
    19,
    '00002082: AtrErr: DSID-03151D9C, #1:\n\t0: 00002082: DSID-03151D9C, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 0 ({attribute})',
  ],
  'values-several': [
    19,
    '00002081: AtrErr: DSID-03151D4A, #1:\n\t0: 00002081: DSID-03151D4A, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 0 ({attribute})',
  ],
  'system-only': [
    19,
    '000020B1: AtrErr: DSID-030F112A, #1:\n\t0: 000020B1: DSID-030F112A, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 0 ({attribute})',
  ],
  'link-dangling': [
    19,
    '000020B5: AtrErr: DSID-03152392, #1:\n\t0: 000020B5: DSID-03152392, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 0 ({attribute})',
  ],
  'upn-taken': [
    19,
    '000021C8: AtrErr: DSID-03200BBA, #1:\n\t0: 000021C8: DSID-03200BBA, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 90290 (userPrincipalName)',
  ],
  'old-password-wrong': [
    19,
    '00000056: AtrErr: DSID-03191083, #1:\n\t0: 00000056: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)',
  ],
  'new-password-refused': [
    19,
    '0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)',
  ],
  'value-exists': [
    20,
    '00002083: AtrErr: DSID-03151785, #1:\n\t0: 00002083: DSID-03151785, problem 1006 (ATT_OR_VALUE_EXISTS), data 0, Att 0 ({attribute})',
  ],
  'value-malformed': [
    21,
    '00000057: LdapErr: DSID-0C090FC7, comment: Error in attribute conversion operation, data 0, v4563',
  ],
  'object-missing': [
    32,
    "0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'{best}'",
  ],
  'member-missing': [
    32,
    "00000525: NameErr: DSID-031A1254, problem 2001 (NO_OBJECT), data 0, best match of:\n\t''",
  ],
  'name-malformed': [
    34,
    "0000208F: NameErr: DSID-031001F7, problem 2006 (BAD_NAME), data 8349, best match of:\n\t'{best}'",
  ],
  'credentials-wrong': [
    49,
    '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v4563',
  ],
  'access-denied': [
    50,
    '00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0',
  ],
  'password-access-denied': [
    50,
    '00000005: SecErr: DSID-031A11E7, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0',
  ],
  busy: [51, '000020D9: SvcErr: DSID-031A1202, problem 5001 (BUSY), data 0'],
  'password-refused': [
    53,
    '0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0',
  ],
  'password-malformed': [
    53,
    '0000001F: SvcErr: DSID-031A1262, problem 5003 (WILL_NOT_PERFORM), data 0',
  ],
  'parameter-wrong': [
    53,
    '00000057: SvcErr: DSID-031A1202, problem 5003 (WILL_NOT_PERFORM), data 0',
  ],
  'owned-by-sam': [53, '0000209A: SvcErr: DSID-031A1021, problem 5003 (WILL_NOT_PERFORM), data 0'],
  'not-a-member': [53, '00000561: SvcErr: DSID-031A1254, problem 5003 (WILL_NOT_PERFORM), data 0'],
  'object-critical': [
    53,
    '00002077: SvcErr: DSID-031A1129, problem 5003 (WILL_NOT_PERFORM), data 0',
  ],
  'name-violation': [
    64,
    "00002099: NameErr: DSID-03050F39, problem 2005 (NAMING_VIOLATION), data 0, best match of:\n\t'{best}'",
  ],
  'class-violation': [
    65,
    '0000207D: UpdErr: DSID-0315166D, problem 6002 (OBJ_CLASS_VIOLATION), data 0',
  ],
  'not-a-leaf': [66, '00002015: UpdErr: DSID-031A126A, problem 6003 (CANT_ON_NON_LEAF), data 0'],
  'name-attribute': [67, '00002016: UpdErr: DSID-030F1092, problem 6004 (CANT_ON_RDN), data 0'],
  'object-exists': [68, '00002071: UpdErr: DSID-031B0B1E, problem 6005 (ENTRY_EXISTS), data 0'],
  'account-exists': [68, '00000524: UpdErr: DSID-031A11FA, problem 6005 (ENTRY_EXISTS), data 0'],
  'group-exists': [68, '00000526: UpdErr: DSID-031A11FA, problem 6005 (ENTRY_EXISTS), data 0'],
  'already-a-member': [68, '00000562: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0'],
  'argument-wrong': [80, '00000057: SysErr: DSID-031A1256, problem 22 (Invalid argument), data 0'],
  'account-name-wrong': [
    80,
    '00000523: SysErr: DSID-031A1256, problem 22 (Invalid argument), data 0',
  ],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type RefusalName = keyof typeof refusals;

/** A request that is refused; the connection goes on. */
export class Refusal extends Error {
  readonly refused: RefusalName | 'referral';
  readonly result: Result;
  override readonly name = 'Refusal';

  constructor(refused: RefusalName | 'referral', result: Result) {
    super(`${refused}: ${result.text}`);
    this.refused = refused;
    this.result = result;
  }
}

export function deny(
  refused: RefusalName,
  words: { readonly attribute?: string; readonly best?: string; readonly data?: string } = {},
): never {
  const [code, sentence] = refusals[refused];
  const text = sentence
    .replace('{attribute}', words.attribute ?? '')
    .replace('{best}', words.best ?? '')
    .replace('{data}', words.data ?? '');
  throw new Refusal(refused, { code, matchedDn: words.best ?? '', text });
}

/** The name lies outside what this server holds: it points to where it may be (RFC 4511 §4.1.10). */
export function refer(host: string, dn: string): never {
  const text = `0000202B: RefErr: DSID-0310082F, data 0, 1 access points\n\tref 1: '${host}'\n`;
  const referrals = [`ldap://${host}/${encodeURI(dn)}`];
  throw new Refusal('referral', { code: 10, matchedDn: '', text, referrals });
}
