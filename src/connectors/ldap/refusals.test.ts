import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddResponse, StatusCodeParser } from 'ldapts';
import { refusal } from './refusals.ts';

describe('What Active Directory answers', () => {
  // As domain controllers of Windows Server 2016 to 2022 word it.
  const answers: readonly (readonly [number, string, string, RegExp])[] = [
    [49, signIn('52e'), 'credentials.refused', /password is wrong/],
    [49, signIn('525'), 'credentials.refused', /name or the password is wrong/],
    [49, signIn('530'), 'credentials.refused', /logon hours/],
    [49, signIn('531'), 'credentials.refused', /workstations/],
    [49, signIn('532'), 'credentials.refused', /has expired; set a new one/],
    [49, signIn('533'), 'credentials.refused', /disabled/],
    [49, signIn('701'), 'credentials.refused', /account has expired/],
    [49, signIn('773'), 'credentials.refused', /must be changed/],
    [49, signIn('775'), 'credentials.refused', /locked out/],
    [
      8,
      '00002028: LdapErr: DSID-0C090254, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection, data 0, v3839',
      'tls.required',
      /LDAPS or StartTLS/,
    ],
    [
      68,
      '00002071: UpdErr: DSID-031B0F25, problem 6005 (ENTRY_EXISTS), data 0',
      'name.taken',
      /taken/,
    ],
    [
      68,
      '00000524: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0',
      'name.taken',
      /taken/,
    ],
    [
      19,
      '000021C8: AtrErr: DSID-03200BBA, #1: 0: 000021C8: DSID-03200BBA, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 90290 (userPrincipalName)',
      'name.taken',
      /principal name/,
    ],
    [
      53,
      '0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0',
      'password.refused',
      /policy/,
    ],
    [
      19,
      '0000052D: AtrErr: DSID-03191083, #1: problem 1005 (CONSTRAINT_ATT_TYPE), data 0',
      'password.refused',
      /policy/,
    ],
    [
      53,
      '0000001F: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0',
      'tls.required',
      /encrypted/,
    ],
    [
      50,
      '00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0',
      'rights.missing',
      /delegate/,
    ],
    [
      50,
      '00000005: SecErr: DSID-031A11ED, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0',
      'rights.missing',
      /delegate/,
    ],
    [
      32,
      "00002030: NameErr: DSID-03100245, problem 2001 (NO_OBJECT), data 0, best match of: 'DC=ad,DC=larkfield,DC=test'",
      'object.missing',
      /no such object/,
    ],
    [
      16,
      '00000057: LdapErr: DSID-0C090FC7, comment: Error in attribute conversion operation, data 0',
      'attribute.unknown',
      /does not know/,
    ],
    [
      19,
      '00002082: AtrErr: DSID-031519CA, #1: 0: 00002082: DSID-031519CA, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 2b (initials):len 24',
      'value.refused',
      /too long/,
    ],
    [
      34,
      '0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350',
      'value.refused',
      /name/,
    ],
    [51, 'Busy', 'directory.busy', /busy/],
    [4, '', 'read.incomplete', /limit/],
    [80, 'other', 'directory.refused', /result 80/],
  ];
  for (const [status, words, code, sentence] of answers) {
    it(`becomes one sentence: ${status} ${words.slice(0, 40)}`, () => {
      const answer = new AddResponse({ messageId: 1, status, errorMessage: words });

      const refused = refusal(StatusCodeParser.parse(answer));

      assert.equal(refused.code, code);
      assert.match(refused.message, sentence);
      assert.match(refused.message, /^[A-Z].*\.$/);
      assert.doesNotMatch(refused.message, /DSID|problem \d/);
    });
  }

  it('is found in the table even where other numbers in it look like a code', () => {
    const words = '00002030: NameErr: DSID-0000052D, problem 2001 (NO_OBJECT), data 0';
    const answer = new AddResponse({ messageId: 1, status: 32, errorMessage: words });

    assert.equal(refusal(StatusCodeParser.parse(answer)).code, 'object.missing');
  });
});

/** LdapErr of a failed simple bind: the number after `data` is the Win32 error in hexadecimal. */
function signIn(data: string): string {
  return `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v3839\0`;
}
