// Spells one refusal in the dialect of the route that was asked. See docs/halo-dialect.md.
import type { Problem } from '#domain/problem.ts';
import { Misfit } from './fit.ts';
import { html, htmlPage } from './html.ts';
import type { Dialect } from './route.ts';

export type Refusal = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type RefusalContext = {
  /** The path without its query: a query may hold what no answer should repeat. */
  readonly path: string;
  readonly nonce: string;
  readonly reference?: string;
};

const spellings: Record<Dialect, (problem: Problem, context: RefusalContext) => Refusal> = {
  v1: asProblemDetails,
  halo: asHalo,
  oauth: asOauth,
  page: asPage,
};

export function spellRefusal(dialect: Dialect, problem: Problem, context: RefusalContext): Refusal {
  return spellings[dialect](problem, context);
}

/** RFC 9457 problem details, with our stable code and, for a misfit, its fields. */
function asProblemDetails(problem: Problem, context: RefusalContext): Refusal {
  const body = {
    type: `urn:sundog:problem:${problem.code}`,
    title: titles[problem.status] ?? 'Refused',
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    instance: context.path,
    ...(problem instanceof Misfit ? { errors: problem.fields } : {}),
    ...(context.reference === undefined ? {} : { reference: context.reference }),
  };
  return json(problem, body, 'application/problem+json; charset=utf-8');
}

/**
 * Halo's two forms (halo-api.md 1.5): a serialised .NET exception, or for model binding the
 * dictionary by JSON path, which N8N reads at the top and .NET clients under `errors`.
 */
function asHalo(problem: Problem, context: RefusalContext): Refusal {
  return { ...haloForm(problem, context), status: haloStatus(problem) };
}

/** Halo declares 400, 401, 403, 404 and 429: whatever else cannot be is a 400 with its sentence. */
function haloStatus({ status }: Problem): number {
  return [409, 410, 422, 502].includes(status) ? 400 : status;
}

function haloForm(problem: Problem, context: RefusalContext): Refusal {
  const reference = context.reference === undefined ? {} : { reference: context.reference };
  if (!(problem instanceof Misfit)) {
    const ClassName = exceptions[problem.status] ?? 'System.Exception';
    return json(problem, { ClassName, Message: problem.message, code: problem.code, ...reference });
  }
  const errors = Object.fromEntries(
    problem.fields.map(({ path }) => [
      path || '$',
      problem.fields.filter((field) => field.path === path).map(({ message }) => message),
    ]),
  );
  return json(problem, {
    ...errors,
    errors,
    title: 'One or more validation errors occurred.',
    status: problem.status,
    Message: problem.message,
    code: problem.code,
  });
}

const exceptions: Readonly<Record<number, string>> = {
  401: 'System.UnauthorizedAccessException',
  403: 'System.UnauthorizedAccessException',
  404: 'System.Collections.Generic.KeyNotFoundException',
};

/** RFC 6749 §5.2. A code such as oauth.invalid-grant names its error; the rest follow the status. */
function asOauth(problem: Problem): Refusal {
  const named = /^oauth\.(.+)$/.exec(problem.code)?.[1]?.replaceAll('-', '_');
  const error = named ?? oauthErrors[problem.status] ?? 'invalid_request';
  const status = [401, 404, 405, 413, 429, 500, 503].includes(problem.status)
    ? problem.status
    : 400;
  const answer = json(problem, { error, error_description: problem.message });
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="sundog"' } : {};
  return { ...answer, status, headers: { ...answer.headers, ...challenge } };
}

const oauthErrors: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
};

function asPage(problem: Problem, context: RefusalContext): Refusal {
  const body = html`<h1>${titles[problem.status] ?? 'This did not work'}</h1>
<p>${problem.message}</p>
<p class="quiet"><a href="/">Back to Sundog</a> · <code>${problem.code}</code></p>`;
  return {
    status: problem.status,
    type: 'text/html; charset=utf-8',
    body: htmlPage(context.nonce, { title: titles[problem.status] ?? 'Refused', body }),
    headers: headersOf(problem),
  };
}

function json(problem: Problem, body: unknown, type = 'application/json; charset=utf-8'): Refusal {
  return {
    status: problem.status,
    type,
    body: JSON.stringify(body),
    headers: headersOf(problem),
  };
}

/** RFC 9110 §10.2.3 Retry-After in seconds; §11.6.1: a 401 names a way to authenticate. */
function headersOf(problem: Problem): Record<string, string> {
  const { seconds } = problem.values;
  return {
    ...(problem.status === 401 ? { 'www-authenticate': 'Bearer realm="sundog"' } : {}),
    ...(typeof seconds === 'number' ? { 'retry-after': String(Math.max(1, seconds)) } : {}),
  };
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request does not fit',
  401: 'Sign in first',
  403: 'Not permitted',
  404: 'Nothing here',
  405: 'Not that way',
  409: 'What is there does not allow it',
  413: 'Too large',
  415: 'Unknown media type',
  422: 'It cannot be done',
  429: 'Too many requests',
  500: 'The hub failed',
  502: 'The other side failed',
  503: 'Busy',
};
