// The endpoints of the second step of signing in, and of signing in with a passkey alone.
import { z } from 'zod';
import { callingFrom } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { networkOf } from '#lib/network.ts';
import { ownPath } from '#lib/own-path.ts';
import { inTransaction } from '#store/db.ts';
import { signInTiers, takeAddress } from './check-login.ts';
import { secondFactors } from './factors.ts';
import {
  formHolder,
  formProof,
  freshForm,
  goTo,
  isOwnForm,
  refused,
  type SignInPorts,
} from './forms.ts';
import { factorsOf } from './passkey-queries.ts';
import { AssertionField } from './passkey-wire.ts';
import { passkeysWork, passkeyToProve, provenByPasskey } from './passkeys.ts';
import { actorOf, findPerson } from './people.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';
import { finishSignIn, finishWithPage, refuseElsewhere, takeCode } from './second-step.ts';
import { provePage, recoveryCodesPage, setUpPage } from './second-step-pages.ts';
import { findUnderWay, takeUnderWay, type UnderWay } from './under-way.ts';

const text = (max: number) => z.string().max(max);
const CodeForm = z.looseObject({ csrf: text(200).default(''), code: text(100).default('') });
const Step = z.enum(['sign-in', 'second-factor']);
const PasskeyForm = z.looseObject({
  csrf: text(200).default(''),
  return: text(4_000).default('/'),
  step: Step,
  credential: AssertionField,
});

const again = 'The page was open for too long. Please try again.';

export function secondStepRoutes(ports: SignInPorts): Route[] {
  return [...codeRoutes(ports), ...passkeyRoutes(ports)];
}

type Stepping = { readonly underWay: UnderWay; readonly person: Person };

async function stepping(
  ports: SignInPorts,
  headers: RequestHeaders,
  now: Date,
): Promise<Stepping | undefined> {
  const underWay = await findUnderWay(ports.db, ports, headers, now);
  const person = underWay && (await findPerson(ports, underWay.owner));
  if (underWay === undefined || person?.enabled !== true) return undefined;
  return { underWay, person };
}

async function stepPage(
  ports: SignInPorts,
  headers: RequestHeaders,
  { underWay, person }: Stepping,
  problem?: { readonly status: number; readonly message: string },
): Promise<Answer> {
  const { csrf, cookie } = formProof(ports, headers);
  const { name } = person;
  const page = { csrf, name, ...(problem === undefined ? {} : { refusal: problem.message }) };
  const answer = { status: problem?.status ?? 200, headers: { 'set-cookie': cookie } };
  if (underWay.purpose === 'enrol') {
    const app = await secondFactors(ports).begin(person, person.email);
    const shown = { ...page, link: app.link.reveal(), letters: app.letters.reveal() };
    return { ...answer, page: (nonce) => setUpPage(nonce, shown) };
  }
  const factors = await factorsOf(ports.db, person);
  const works = passkeysWork(ports.publicUrl);
  return {
    ...answer,
    page: (nonce) => provePage(nonce, { ...page, factors, passkeysWork: works }),
  };
}

function codeRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/second-factor',
      summary: 'The page of the second step of signing in',
      dialect: 'page',
      access: 'anyone',
      answers: { 200: 'page', 303: 'empty' },
      handle: async ({ headers }) => {
        const found = await stepping(ports, headers, ports.clock());
        return found === undefined ? goTo('/auth/login?local=1') : stepPage(ports, headers, found);
      },
    }),
    route({
      method: 'POST',
      path: '/auth/second-factor',
      summary: 'Signs in with a code, or sets up the app that is asked for',
      dialect: 'page',
      access: 'anyone',
      consumes: 'form',
      body: CodeForm,
      answers: { 200: 'page', 303: 'empty', 400: 'page', 401: 'page', 403: 'page', 429: 'page' },
      handle: async ({ headers, body, ip }) => {
        const now = ports.clock();
        const found = await stepping(ports, headers, now);
        if (found === undefined) return goTo('/auth/login?local=1');
        if (!isOwnForm(ports, headers, body.csrf)) {
          return stepPage(ports, headers, found, { status: 400, message: again });
        }
        const from = { headers, ip, code: body.code };
        const step = found.underWay.purpose === 'prove' ? prove : setUp;
        const answer = await refused(() => step(ports, found, from, now));
        return answer instanceof Problem ? stepPage(ports, headers, found, answer) : answer;
      },
    }),
  ];
}

type From = { readonly headers: RequestHeaders; readonly ip: string; readonly code: string };

async function prove(
  ports: SignInPorts,
  { person, underWay: { back } }: Stepping,
  from: From,
  now: Date,
): Promise<Answer> {
  const kind = await takeCode(ports, person, from, now);
  if (kind === undefined) refuse('second-factor.failed');
  if (!(await takeUnderWay(ports.db, ports, from.headers, now))) return goTo('/auth/login?local=1');
  const how = kind === 'app' ? 'a password and a code of their app' : `a password and a ${kind}`;
  return finishSignIn(ports, person, { ...from, back, how }, now);
}

/** The rule asks for a factor: the password was proven a moment ago, and nothing is open yet. */
async function setUp(
  ports: SignInPorts,
  { person, underWay: { back } }: Stepping,
  from: From,
  now: Date,
): Promise<Answer> {
  const by = callingFrom(actorOf(person), from.ip);
  const codes = await inTransaction(ports.db, async (tx) => {
    const fits = await secondFactors({ ...ports, db: tx }).confirm(person, from.code, by);
    if (!fits) refuse('second-factor.wrong-code');
    if (!(await takeUnderWay(tx, ports, from.headers, now))) refuse('second-factor.failed');
    const sentence = 'An app that shows codes was set up for signing in as you.';
    await ports.tell(tx, { person, subject: 'A second factor was set up', sentence });
    return makeRecoveryCodes(tx, person, now);
  });
  const shown = codes.map((code) => code.reveal());
  const page = (nonce: string, to: string) => recoveryCodesPage(nonce, { codes: shown, to });
  const how = 'a password, and set up an app';
  return finishWithPage(ports, person, { ...from, back, how, page }, now);
}

function passkeyRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/passkey/options',
      summary: 'What the sign-in page asks a passkey to sign',
      dialect: 'v1',
      access: 'anyone',
      body: z.object({ csrf: text(200), step: Step }),
      answers: { 200: z.looseObject({ challenge: z.string() }), 401: 'refusal', 403: 'refusal' },
      handle: async ({ headers, body: { csrf, step: purpose }, ip }) => {
        if (!isOwnForm(ports, headers, csrf)) refuse('session.unproven');
        const now = ports.clock();
        await countAddress(ports, ip, now);
        const found = purpose === 'sign-in' ? undefined : await stepping(ports, headers, now);
        if (purpose === 'second-factor' && found === undefined) refuse('passkey.refused');
        const holder = formHolder(ports, headers);
        const owner = found === undefined ? {} : { owner: found.underWay.owner };
        return { status: 200, body: await passkeyToProve(ports, { purpose, holder, ...owner }) };
      },
    }),
    route({
      method: 'POST',
      path: '/auth/passkey',
      summary: 'Signs in with a passkey',
      dialect: 'page',
      access: 'anyone',
      consumes: 'form',
      body: PasskeyForm,
      bodyBytesMax: 100_000,
      answers: { 200: 'page', 303: 'empty', 400: 'page', 401: 'page', 403: 'page', 429: 'page' },
      handle: async ({ headers, body, ip }) => {
        const back = ownPath(body.return);
        const now = ports.clock();
        const found = body.step === 'sign-in' ? undefined : await stepping(ports, headers, now);
        if (body.step === 'second-factor' && found === undefined)
          return goTo('/auth/login?local=1');
        const asked = { ...body, headers, ip, back };
        const answer = isOwnForm(ports, headers, body.csrf)
          ? await refused(() => signInWithPasskey(ports, asked, found, now))
          : { status: 400, message: again };
        if (!('message' in answer)) return answer;
        if (found !== undefined) return stepPage(ports, headers, found, answer);
        const { status, message: refusal } = answer;
        return freshForm(ports, headers, { status, back, login: '', refusal });
      },
    }),
  ];
}

async function signInWithPasskey(
  ports: SignInPorts,
  asked: {
    readonly credential: z.output<typeof AssertionField>;
    readonly step: z.output<typeof Step>;
    readonly headers: RequestHeaders;
    readonly ip: string;
    readonly back: string;
  },
  found: Stepping | undefined,
  now: Date,
): Promise<Answer> {
  const { headers, ip } = asked;
  await countAddress(ports, ip, now);
  const owner = await provenByPasskey(ports, {
    response: asked.credential,
    purpose: asked.step,
    holder: formHolder(ports, headers),
    ip,
    ...(found === undefined ? {} : { owner: found.underWay.owner }),
  });
  const person = found?.person ?? (await findPerson(ports, owner));
  if (person?.enabled !== true) return refuse('passkey.refused');
  await refuseElsewhere(ports, person);
  if (found === undefined) {
    return finishSignIn(ports, person, { ...asked, how: 'a passkey' }, now);
  }
  if (!(await takeUnderWay(ports.db, ports, headers, now))) return goTo('/auth/login?local=1');
  const { back } = found.underWay;
  return finishSignIn(ports, person, { ...asked, back, how: 'a password and a passkey' }, now);
}

async function countAddress({ db }: SignInPorts, ip: string, now: Date): Promise<void> {
  const tier = { ...signInTiers.address, name: 'passkey.address' };
  await takeAddress(db, { tier, who: networkOf(ip) }, now);
}
