// Somebody who works with a running hub over HTTP: a person signed in with a browser, or a program with a token.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { aBrowser, ask, bearer, csrfIn, goodPassword, signIn } from './access.ts';
import { sundog } from './command-line.ts';
import type { RunningHub } from './hub.ts';

export type Answered = { readonly status: number; readonly text: string; readonly body: unknown };

export type Caller = {
  get(path: string): Promise<Answered>;
  post(path: string, body?: unknown): Promise<Answered>;
  readonly headers: Readonly<Record<string, string>>;
};

export type Application = Caller & {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly token: string;
};

export type Person = Caller & {
  /** What must never be printed: the cookie's value. */
  readonly session: string;
  readonly csrfToken: string;
};

/** The first administrator, who has chosen a password of their own. */
export async function administratorOf(hub: RunningHub): Promise<Person> {
  return personOf(hub, hub.administrator.email, hub.administrator.password);
}

/** Somebody who was given a first password, and has chosen one of their own. */
export async function personOf(hub: RunningHub, email: string, first: string): Promise<Person> {
  const browser = aBrowser({ base: new URL(hub.url) });
  await signIn(browser, email, first);
  const page = await browser.ask('/auth/password');
  const chosen = { present: first, next: goodPassword, again: goodPassword };
  await browser.ask('/auth/password', { form: { csrf: csrfIn(page), return: '/', ...chosen } });
  const me = (await browser.ask('/auth/me')).json;
  assert.equal(me.email, email, 'the person is signed in');
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const csrfToken = z.string().parse(me.csrfToken);
  const [session = ''] = browser.cookies.values();
  return { ...callerOf(hub, { cookie, 'x-csrf-token': csrfToken }), session, csrfToken };
}

/** An application made on the command line, and signed in with what that printed. */
export async function applicationOf(hub: RunningHub, scopes = 'all'): Promise<Application> {
  const words = ['--name', `Test ${scopes}`, '--scopes', scopes, '--json'];
  const made = (await sundog(hub, 'application', 'create', ...words)).json();
  const [clientId, clientSecret] = [String(made.client_id), String(made.client_secret)];
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  };
  const told = await ask({ base: new URL(hub.url) }, '/auth/token', {
    form: { ...form, scope: scopes },
  });
  const token = z.string().parse(told.json.access_token);
  return { ...callerOf(hub, bearer(token)), clientId, clientSecret, token };
}

export function callerOf(
  hub: { readonly url: string },
  headers: Readonly<Record<string, string>>,
): Caller {
  const send = async (method: string, path: string, body?: unknown): Promise<Answered> => {
    const response = await fetch(new URL(path, hub.url), {
      method,
      redirect: 'manual',
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
  };
  return {
    headers,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
  };
}
