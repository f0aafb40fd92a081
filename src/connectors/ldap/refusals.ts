// Every way a directory says no, and the one sentence it becomes: codes of LDAP, of Windows and of sign-in.
import { ResultCodeError } from 'ldapts';
import { DirectoryRefusal, type DirectoryRefusalCode } from '#domain/ports/directory.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';

type Row = {
  /** LDAP result codes it comes with (RFC 4511 §4.1.9); any when left out. */
  readonly results?: readonly number[];
  /** The Windows errors it begins with, in 8 hex digits as the diagnostic message has them. */
  readonly windows?: readonly string[];
  /** What else the diagnostic message says, `data xxx` of a sign-in above all. */
  readonly says?: RegExp;
  readonly code: DirectoryRefusalCode;
  readonly sentence: string;
  readonly retryable?: true;
};

/**
 * The first row that fits counts. Sources: MS-ERREF §2.2 (Win32 codes), MS-ADTS §3.1.1.5 (which
 * operation answers which), Microsoft Learn "LDAP wldap32 error codes" (`data` of a failed bind).
 */
const rows: readonly Row[] = [
  // Signing in: 49 with `data <Win32 code in hex>`.
  {
    results: [49],
    says: /data 52e\b|data 525\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the name or the password is wrong; enter both again in the connection.',
  },
  {
    results: [49],
    says: /data 530\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in at this hour: the account has logon hours; lift them for the service account.',
  },
  {
    results: [49],
    says: /data 531\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in from this machine: the account is limited to named workstations; lift that for the service account.',
  },
  {
    results: [49],
    says: /data 532\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the password has expired; set a new one and enter it in the connection.',
  },
  {
    results: [49],
    says: /data 533\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the account is disabled; enable it in the directory.',
  },
  {
    results: [49],
    says: /data 701\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the account has expired; extend it in the directory.',
  },
  {
    results: [49],
    says: /data 773\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the password must be changed first; change it and enter the new one in the connection.',
  },
  {
    results: [49],
    says: /data 775\b/,
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the account is locked out; unlock it and look for who tries wrong passwords.',
  },
  {
    results: [49, 48, 7],
    code: 'credentials.refused',
    sentence:
      'The directory refused to sign in: the name or the password is wrong; enter both again in the connection.',
  },
  {
    results: [8, 13],
    code: 'tls.required',
    sentence:
      'The directory asks for an encrypted connection; choose LDAPS or StartTLS in the connection.',
  },
  // Names: ERROR_DS_OBJ_STRING_NAME_EXISTS, ERROR_USER_EXISTS, ERROR_GROUP_EXISTS, ERROR_ALIAS_EXISTS.
  {
    windows: ['00002071', '00000524', '00000526', '00000563'],
    code: 'name.taken',
    sentence: 'The name is taken: something in the directory has it already; choose another.',
  },
  {
    // ERROR_DS_UPN_VALUE_NOT_UNIQUE_IN_FOREST
    windows: ['000021C8'],
    code: 'name.taken',
    sentence: 'The user principal name is taken by another account of the forest; choose another.',
  },
  {
    // Samba 4.17 says so in words, under ERROR_DS_CONSTRAINT_VIOLATION (0000202F).
    results: [19],
    says: /userPrincipalName .* is already in use/,
    code: 'name.taken',
    sentence: 'The user principal name is taken by another account of the forest; choose another.',
  },
  {
    // ERROR_DS_SPN_VALUE_NOT_UNIQUE_IN_FOREST
    windows: ['000021C7'],
    code: 'name.taken',
    sentence:
      'The service principal name is taken by another account of the forest; choose another.',
  },
  {
    results: [68],
    code: 'name.taken',
    sentence: 'The name is taken: something in the directory has it already; choose another.',
  },
  // Passwords: ERROR_PASSWORD_RESTRICTION, ERROR_ILL_FORMED_PASSWORD, ERROR_INVALID_PASSWORD.
  // Samba says in words which rule it was; Active Directory leaves that to be guessed.
  {
    windows: ['0000052D'],
    says: /password is too short/,
    code: 'password.too-short',
    sentence: 'The password is shorter than the domain’s policy asks; choose a longer one.',
  },
  {
    windows: ['0000052D'],
    says: /complexity criteria/,
    code: 'password.too-simple',
    sentence:
      'The password is not complex enough; mix capitals, small letters, digits and other signs, and leave names out.',
  },
  {
    windows: ['0000052D'],
    says: /already used|in history/,
    code: 'password.used-before',
    sentence: 'The password was used before; choose one that is new.',
  },
  {
    windows: ['0000052D'],
    says: /too early|too young|too recently/,
    code: 'password.too-young',
    sentence:
      'The password was changed too recently for the domain’s policy; wait, or ask an administrator of the directory.',
  },
  {
    windows: ['0000052D', '0000052C', '0000056B'],
    code: 'password.refused',
    sentence:
      'The password does not meet the domain’s policy (length, complexity, age or history); choose a longer or a newer one.',
  },
  {
    // ERROR_DS_UNWILLING_TO_PERFORM's neighbour for unicodePwd without TLS
    results: [53],
    windows: ['0000001F'],
    code: 'tls.required',
    sentence:
      'The directory takes passwords over an encrypted connection only; choose LDAPS or StartTLS in the connection.',
  },
  // Rights: ERROR_DS_INSUFF_ACCESS_RIGHTS, ERROR_ACCESS_DENIED, ERROR_DS_SECURITY_ILLEGAL_MODIFY.
  {
    windows: ['00002098', '00000005', '000020E7'],
    code: 'rights.missing',
    sentence:
      'The service account may not do this in the directory; delegate the right to it (docs/active-directory-rights.md).',
  },
  {
    results: [50],
    code: 'rights.missing',
    sentence:
      'The service account may not do this in the directory; delegate the right to it (docs/active-directory-rights.md).',
  },
  {
    // A referral (RFC 4511 §4.1.10) is never followed: it could lead anywhere.
    results: [10],
    code: 'container.missing',
    sentence:
      'This part of the directory is kept by another server; make a connection to a domain controller of that domain.',
  },
  // Objects and values: ERROR_DS_OBJ_NOT_FOUND, ERROR_NO_SUCH_USER and their kin.
  {
    results: [32],
    code: 'object.missing',
    sentence: 'The directory has no such object (any more); look again and plan anew.',
  },
  {
    // 16 too: Active Directory answers an add of an attribute it does not know with noSuchAttribute
    // (00000057 ERROR_INVALID_PARAMETER); where a value is to be deleted, the writer looks before it asks here.
    results: [16, 17],
    code: 'attribute.unknown',
    sentence:
      'The directory does not know one of the attributes; take it out of the mapping or extend the schema.',
  },
  {
    results: [34, 64],
    code: 'value.refused',
    sentence: 'The directory does not take this name for an entry; mend the naming format.',
  },
  {
    results: [65],
    says: /attribute|schema/i,
    code: 'attribute.unknown',
    sentence:
      'The directory allows no such attribute on this kind of entry; take it out of the mapping.',
  },
  {
    results: [18, 19, 20, 21, 65],
    code: 'value.refused',
    sentence:
      'The directory refused a value: too long, out of range or of the wrong form for its attribute; mend the mapping.',
  },
  // A server that cannot just now: busy, unavailable, out of time or over a limit of its own.
  {
    results: [3, 51, 52],
    code: 'directory.busy',
    sentence: 'The directory is too busy to answer just now; it is tried again later.',
    retryable: true,
  },
  {
    results: [4, 11],
    code: 'read.incomplete',
    sentence:
      'The directory cut its answer short at a limit of its own; raise that limit for the service account or read a smaller container.',
  },
];

/** Turns whatever went wrong in talking to a directory into a refusal; what is none of ours goes through. */
export function refusal(error: unknown): DirectoryRefusal {
  if (error instanceof DirectoryRefusal) return error;
  if (error instanceof ConnectRefusal) {
    const untrusted = error.code === 'tls.untrusted';
    const passing = error.stage === 'connect' || error.stage === 'name';
    const code = untrusted ? 'tls.untrusted' : 'directory.unreachable';
    return new DirectoryRefusal(code, error.message, passing || error.code === 'tls.failed', error);
  }
  if (error instanceof ResultCodeError) return ofResult(error);
  return lost(error);
}

/** The connection ended, or no answer came: nobody knows what became of the request. */
export function lost(error: unknown): DirectoryRefusal {
  return new DirectoryRefusal(
    'directory.unreachable',
    'The directory went away before it answered; a write may or may not have been made, which looking again tells.',
    true,
    error instanceof Error ? error.message : undefined,
  );
}

export function incomplete(why: string, detail?: unknown): DirectoryRefusal {
  return new DirectoryRefusal(
    'read.incomplete',
    `The directory was not read to its end (${why}), so nothing may be concluded from it; read it again.`,
    true,
    detail instanceof Error ? detail.message : detail,
  );
}

export function unfit(sentence: string): DirectoryRefusal {
  return new DirectoryRefusal('value.refused', sentence, false);
}

/** The result code of what the directory answered, if it answered at all. */
export function resultCode(error: unknown): number | undefined {
  return error instanceof ResultCodeError ? error.code : undefined;
}

function ofResult(error: ResultCodeError): DirectoryRefusal {
  const windowsError = /^([\dA-F]{8}):/i.exec(error.message)?.[1]?.toUpperCase() ?? '';
  const row = rows.find(
    ({ results, windows, says }) =>
      (results?.includes(error.code) ?? true) &&
      (windows?.includes(windowsError) ?? true) &&
      (says?.test(error.message) ?? true),
  );
  if (row !== undefined) {
    return new DirectoryRefusal(row.code, row.sentence, row.retryable ?? false, error.message);
  }
  return new DirectoryRefusal(
    'directory.refused',
    `The directory refused with LDAP result ${error.code}; its own words are in the log.`,
    false,
    error.message,
  );
}
