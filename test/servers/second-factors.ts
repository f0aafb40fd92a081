// People with second factors, as specifications need them: signed in, with an app, a passkey, their codes.
import { z } from 'zod';
import { stepAt, totpCode } from '#features/sign-in/totp.ts';
import {
  type AccessHub,
  aBrowser,
  anAgent,
  type BrowserOf,
  csrfIn,
  goodPassword,
  signIn,
} from './access.ts';
import { anAuthenticator } from './authenticator.ts';

export type SignedIn = Awaited<ReturnType<typeof anAgentSignedIn>>;

export async function anAgentSignedIn(hub: AccessHub, given: Parameters<typeof anAgent>[1] = {}) {
  const agent = await anAgent(hub, given);
  await forgetAttempts(hub);
  const browser = aBrowser(hub);
  await signIn(browser, agent.email, goodPassword);
  return { ...agent, browser, post: await posting(browser) };
}

/** Posts JSON with the proof of the browser's session. */
export async function posting(browser: BrowserOf) {
  const { json } = await browser.ask('/auth/me');
  const headers = { 'x-csrf-token': String(json.csrfToken) };
  return (path: string, body: unknown, method = 'POST') =>
    browser.ask(path, { method, json: body, headers });
}

export const proof = { password: goodPassword };

/** The app of a phone: shows the code of a time. */
export function appOf(letters: string) {
  const secret = fromBase32(letters);
  return (now: Date) => totpCode(secret, stepAt(now));
}

export async function setUpApp(hub: AccessHub, { post }: Pick<SignedIn, 'post'>) {
  const begun = await post('/v1/second-factors/app', proof);
  const app = appOf(z.string().parse(begun.json.letters));
  const confirmed = await post('/v1/second-factors/app/confirm', { code: app(hub.time.now) });
  const codes = z.array(z.string()).parse(confirmed.json.recoveryCodes);
  later(hub, 60);
  return { app, codes, confirmed };
}

const Made = z.looseObject({
  challenge: z.string(),
  user: z.object({ id: z.string() }),
});

export async function setUpPasskey(
  hub: Pick<AccessHub, 'publicUrl'>,
  { post }: Pick<SignedIn, 'post'>,
  name = 'My laptop',
) {
  const at = { origin: hub.publicUrl.origin, rpId: hub.publicUrl.hostname };
  const authenticator = anAuthenticator(at);
  const options = Made.parse((await post('/v1/second-factors/passkeys/options', proof)).json);
  const credential = authenticator.make(options);
  const added = await post('/v1/second-factors/passkeys', { name, credential });
  return { authenticator, added };
}

/** Gives the code the page of the second step asks for. */
export async function giveCode(browser: BrowserOf, code: string) {
  const page = await browser.ask('/auth/second-factor');
  return browser.ask('/auth/second-factor', { form: { csrf: csrfIn(page), code } });
}

export async function forgetAttempts(hub: AccessHub): Promise<void> {
  await hub.database.db.deleteFrom('attempts').execute();
}

export function later(hub: AccessHub, seconds: number): void {
  hub.time.now = new Date(hub.time.now.getTime() + seconds * 1000);
}

/** What was told by mail, the newest last. */
export async function mailsTo(hub: AccessHub, email: string): Promise<string[]> {
  const rows = await hub.database.db
    .selectFrom('outbox')
    .select('payload')
    .where('kind', '=', 'sign-in-told')
    .orderBy('id')
    .execute();
  const Letter = z.looseObject({ email: z.string(), sentence: z.string() });
  return rows
    .map(({ payload }) => Letter.parse(payload))
    .filter((letter) => letter.email === email)
    .map(({ sentence }) => sentence);
}

/** What was audited of an agent: action and reason. */
export async function auditOf(hub: AccessHub, agentId: number): Promise<string[]> {
  const rows = await hub.database.db
    .selectFrom('audit_entries as entry')
    .innerJoin('audit_texts as text', 'text.entry_id', 'entry.id')
    .select(['action', 'because'])
    .where('agent_id', '=', agentId)
    .orderBy('entry.id')
    .execute();
  return rows.map(({ action, because }) => (because === null ? action : `${action}: ${because}`));
}

function fromBase32(letters: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...letters].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
