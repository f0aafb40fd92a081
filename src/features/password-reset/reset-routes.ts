// /reset: who you are, show that it is you, choose a password or unlock, and what became of it.
import { z } from 'zod';
import { freshToken, isOwnForm, keepToken, proofOf, tokenIn } from '#http/own-form.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { atDeadline } from '#lib/deadline.ts';
import { Secret } from '#lib/secret.ts';
import { knownCookie, knownMark, resetCookie } from './cookies.ts';
import { begin, settle, type Wanted } from './finish.ts';
import { times } from './limits.ts';
import type { SelfServicePorts } from './ports.ts';
import { prove } from './prove.ts';
import { findQuestions, type Question } from './questions.ts';
import { ask, type Factor, findRequest, type ResetRequest } from './requests.ts';
import { choosePage, identifyPage, overPage, provePage, resultPage } from './reset-pages.ts';
import { requireOn } from './settings.ts';

const text = (max: number) => z.string().max(max).default('');
const csrf = text(200);

const AskForm = z.looseObject({
  csrf,
  login: text(1_000),
  factor: z.enum(['app', 'mail']).catch('app'),
});
const ChooseForm = z.looseObject({
  csrf,
  what: z.enum(['reset', 'unlock']).catch('reset'),
  next: text(4_096),
  again: text(4_096),
});
const ProveForm = z.looseObject({ csrf, code: text(40) });

const own = { dialect: 'page', access: 'anyone' } as const;
const pages = { 200: 'page', 303: 'empty', 404: 'page', 410: 'page' } as const;
const posts = {
  ...pages,
  400: 'page',
  401: 'page',
  403: 'page',
  422: 'page',
  429: 'page',
  503: 'page',
} as const;

const usual = { askMs: times.askStepMs, proveMs: times.proveStepMs };

export function resetRoutes(ports: SelfServicePorts): Route[] {
  return [
    ...askRoutes(ports),
    ...proveRoutes(ports),
    ...chooseRoutes(ports),
    route({
      ...own,
      method: 'GET',
      path: '/reset/result',
      summary: 'What became of a reset',
      answers: pages,
      handle: ({ headers }) =>
        inState(ports, headers, ['started', 'done', 'refused', 'failed'], async (request) => {
          if (request.state !== 'started') return result(ports, request);
          await settle(ports, request.id);
          // Another password may help, or it is done: the next request finds it so.
          const now = await findRequest(ports, tokenIn(headers, resetCookie(ports)));
          return now?.state === 'proven' ? goTo('/reset/choose') : result(ports, now ?? request);
        }),
    }),
  ];
}

function askRoutes(ports: SelfServicePorts): Route[] {
  const { askMs } = ports.steps ?? usual;
  const cookie = resetCookie(ports);
  const form = (
    status: number,
    page: { login: string; factor: Factor; refusal?: string },
  ): Answer => {
    const token = freshToken();
    return {
      status,
      page: (nonce) => identifyPage(nonce, { ...page, csrf: proofOf(token) }),
      headers: { 'set-cookie': keepToken(cookie, token) },
    };
  };
  return [
    route({
      ...own,
      method: 'GET',
      path: '/reset',
      summary: 'The page on which people begin to reset their own password',
      answers: pages,
      handle: async () => {
        await requireOn(ports.db);
        return form(200, { login: '', factor: 'app' });
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/reset',
      summary: 'Begins a reset for whoever is named; the answer is the same for everybody',
      consumes: 'form',
      body: AskForm,
      answers: posts,
      handle: ({ headers, body, ip }) =>
        atDeadline(askMs, async () => {
          const { login, factor } = body;
          if (!isOwnForm(headers, tokenIn(headers, cookie), body.csrf)) {
            const refusal = 'The page was open for too long. Please try again.';
            return form(400, { login, factor, refusal });
          }
          const fault = faultOfLogin(login);
          if (fault !== undefined) return form(422, { login: '', factor, refusal: fault });
          // A new token, so that nobody goes on in a browser they were handed.
          const token = await ask(ports, { login, factor, ip });
          return goTo('/reset/prove', keepToken(cookie, token));
        }),
    }),
  ];
}

function faultOfLogin(login: string): string | undefined {
  if (login.trim() === '') return 'Type your login or your mail address.';
  if (login.length > 254) return 'No login is longer than 254 characters.';
  return /\p{Cc}/u.test(login) ? 'No login holds control characters.' : undefined;
}

function proveRoutes(ports: SelfServicePorts): Route[] {
  const { proveMs } = ports.steps ?? usual;
  const form = async (request: ResetRequest, token: string, refusal?: string): Promise<Answer> => {
    const questions = await inOrder(ports, request.questions);
    const page = { csrf: proofOf(token), factor: request.factor, questions, refusal };
    return {
      status: refusal === undefined ? 200 : 401,
      page: (nonce) => provePage(nonce, page),
    };
  };
  return [
    route({
      ...own,
      method: 'GET',
      path: '/reset/prove',
      summary: 'The page that asks the questions and for the second factor',
      answers: pages,
      handle: ({ headers }) => inState(ports, headers, ['asked', 'over'], form),
    }),
    route({
      ...own,
      method: 'POST',
      path: '/reset/prove',
      summary: 'Checks answers and second factor together; one verdict, the same for everybody',
      consumes: 'form',
      body: ProveForm,
      answers: posts,
      handle: ({ headers, body, ip }) =>
        atDeadline(proveMs, () =>
          posted(ports, headers, body.csrf, ['asked', 'over'], async (request, token) => {
            const answers = answersIn(body, request.questions);
            const mark = tokenIn(headers, knownCookie(ports));
            const proof = { answers, code: body.code, ip, mark };
            if (await prove(ports, request, proof)) return goTo('/reset/choose');
            return form(request, token, wrong);
          }),
        ),
    }),
  ];
}

const wrong =
  'This did not fit, or the account cannot be reset here. After five tries begin again; if it will not do, call your service desk.';

async function inOrder(ports: SelfServicePorts, ids: readonly number[]): Promise<Question[]> {
  const found = await findQuestions(ports.db, ids);
  return ids.flatMap((id) => found.filter((question) => question.id === id));
}

const Given = z.string().max(1_000).catch('');

/** Only answers to what was asked; whatever else the form brings is not read. */
function answersIn(
  form: Readonly<Record<string, unknown>>,
  asked: readonly number[],
): Map<number, string> {
  return new Map(asked.map((id) => [id, Given.parse(form[`answer${id}`])]));
}

function chooseRoutes(ports: SelfServicePorts): Route[] {
  const form = async (request: ResetRequest, token: string, refusal?: string): Promise<Answer> => {
    const page = { csrf: proofOf(token), wanted: request.wanted ?? 'reset' };
    const sentence = refusal ?? request.sentence ?? undefined;
    return {
      status: refusal === undefined ? 200 : 422,
      page: (nonce) => choosePage(nonce, { ...page, refusal: sentence }),
    };
  };
  return [
    route({
      ...own,
      method: 'GET',
      path: '/reset/choose',
      summary: 'The page on which a new password is chosen, or unlocking',
      answers: pages,
      handle: ({ headers }) => inState(ports, headers, ['proven'], form),
    }),
    route({
      ...own,
      method: 'POST',
      path: '/reset/choose',
      summary: 'Resets the password or unlocks the account, in the directory',
      consumes: 'form',
      body: ChooseForm,
      answers: posts,
      handle: ({ headers, body }) =>
        posted(ports, headers, body.csrf, ['proven'], async (request, token) => {
          if (body.what === 'reset' && body.next !== body.again) {
            return form(request, token, 'The two new passwords are not the same.');
          }
          const wanted: Wanted =
            body.what === 'unlock'
              ? { what: 'unlock' }
              : { what: 'reset', password: new Secret(body.next) };
          const fault = await begin(ports, request, wanted);
          return fault === undefined ? goTo('/reset/result') : form(request, token, fault);
        }),
    }),
  ];
}

async function result(ports: SelfServicePorts, request: ResetRequest): Promise<Answer> {
  const page = (nonce: string) => resultPage(nonce, request);
  if (request.state !== 'done' || request.userId === null) return { status: 200, page };
  const mark = keepToken(knownCookie(ports), await knownMark(ports.keys, request.userId));
  return { status: 200, page, headers: { 'set-cookie': mark } };
}

type State = ResetRequest['state'];
type Work = (request: ResetRequest, token: string) => Promise<Answer>;

/** Only in the browser that began, and only at the page that is its turn. */
async function inState(
  ports: SelfServicePorts,
  headers: RequestHeaders,
  states: readonly State[],
  work: Work,
): Promise<Answer> {
  await requireOn(ports.db);
  const token = tokenIn(headers, resetCookie(ports));
  const request = await findRequest(ports, token);
  if (request === undefined || token === undefined) return { status: 410, page: overPage };
  if (states.includes(request.state)) return work(request, token);
  return goTo(placeOf[request.state]);
}

const placeOf: Readonly<Record<State, string>> = {
  asked: '/reset/prove',
  over: '/reset/prove',
  proven: '/reset/choose',
  started: '/reset/result',
  done: '/reset/result',
  refused: '/reset/result',
  failed: '/reset/result',
};

async function posted(
  ports: SelfServicePorts,
  headers: RequestHeaders,
  proof: string,
  states: readonly State[],
  work: Work,
): Promise<Answer> {
  if (!isOwnForm(headers, tokenIn(headers, resetCookie(ports)), proof)) {
    return { status: 410, page: overPage };
  }
  return inState(ports, headers, states, work);
}

function goTo(location: string, cookie?: string): Answer {
  const headers = cookie === undefined ? {} : { 'set-cookie': cookie };
  return { status: 303, headers: { location, ...headers } };
}
