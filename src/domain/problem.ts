// Every refusal stands here once: its stable code, its HTTP status and the sentence a person reads.
// A sentence says what is wrong and how to mend it; {words} in braces are filled in when it is thrown.

export const problems = {
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
  'record.unknown': { status: 404, sentence: 'There is no {kind} with the id {id}.' },
  'hub.failed': {
    status: 500,
    sentence: 'The hub failed while answering; the log has the details under {reference}.',
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

export function refuse(code: ProblemCode, values?: ProblemValues, detail?: unknown): never {
  throw new Problem(code, values, detail);
}

function fill(sentence: string, values: ProblemValues): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, word: string) => String(values[word] ?? whole));
}
