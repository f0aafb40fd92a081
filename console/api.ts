// The console's one way to the hub: cookies, the CSRF token, schemas for what comes back, refusals as sentences.
import { QueryClient } from '@tanstack/react-query';
import { z } from 'zod';

/** A refusal of /v1, and of /api in Halo's spelling. */
const ProblemWire = z.union([
  z.looseObject({ code: z.string(), detail: z.string() }),
  z
    .looseObject({ code: z.string(), Message: z.string() })
    .transform(({ code, Message }) => ({ code, detail: Message })),
]);
const Me = z.looseObject({
  kind: z.string(),
  id: z.string(),
  name: z.string(),
  email: z.string().nullable().optional(),
  permissions: z.array(z.string()).default([]),
  csrfToken: z.string().optional(),
  /** Who really acts, while somebody acts as another; why, and until when. */
  actor: z.object({ id: z.string(), name: z.string() }).optional(),
  impersonation: z.object({ reason: z.string(), endsAt: z.string() }).optional(),
});
export type Me = z.infer<typeof Me>;

/** What the hub would not do: its sentence and code, for "copy details". */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, sentence: string) {
    super(sentence);
    this.status = status;
    this.code = code;
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => !(error instanceof Refused && error.status < 500) && count < 2,
      staleTime: 5_000,
    },
  },
});

let csrfToken: string | undefined;

/** Who is signed in; without a session the browser goes to the sign-in page and comes back here. */
export async function me(): Promise<Me> {
  const response = await fetch('/auth/me', { headers: { accept: 'application/json' } });
  if (response.status === 401) return signIn();
  const found = Me.parse(await response.json());
  csrfToken = found.csrfToken;
  return found;
}

export function get<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  return ask(path, { headers: { accept: 'application/json' } }, schema);
}

export function post<T extends z.ZodType>(
  path: string,
  body: unknown,
  schema: T,
): Promise<z.output<T>> {
  return change('POST', path, body, schema);
}

export function patch<T extends z.ZodType>(
  path: string,
  body: unknown,
  schema: T,
): Promise<z.output<T>> {
  return change('PATCH', path, body, schema);
}

export function remove(path: string): Promise<unknown> {
  return change('DELETE', path, undefined, z.unknown());
}

async function change<T extends z.ZodType>(
  method: string,
  path: string,
  body: unknown,
  schema: T,
): Promise<z.output<T>> {
  if (csrfToken === undefined) await me();
  const headers = {
    accept: 'application/json',
    'x-csrf-token': csrfToken ?? '',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask(path, { method, headers, ...sent }, schema);
}

async function ask<T extends z.ZodType>(
  path: string,
  init: RequestInit,
  schema: T,
): Promise<z.output<T>> {
  const response = await fetch(path, init);
  if (response.status === 401) return signIn();
  const answer: unknown = response.status === 204 ? undefined : await response.json();
  if (response.ok) return schema.parse(answer);
  const problem = ProblemWire.safeParse(answer);
  throw problem.success
    ? new Refused(response.status, problem.data.code, problem.data.detail)
    : new Refused(response.status, 'answer.unknown', `The hub answered ${response.status}.`);
}

function signIn(): Promise<never> {
  const back = `${location.pathname}${location.search}`;
  location.assign(`/auth/login?return=${encodeURIComponent(back)}`);
  return new Promise(() => {});
}
