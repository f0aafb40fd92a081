// /reset/enrol: the pages on which people choose their questions and their second factor.
import { z } from 'zod';
import { refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { freshToken, isOwnForm, keepToken, proofOf, tokenIn } from '#http/own-form.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import { type Route, route } from '#http/route.ts';
import { isSameText } from '#lib/tokens.ts';
import { answersMax } from './answers.ts';
import { enrolCookie, knownCookie, knownMark } from './cookies.ts';
import { confirmAddress, confirmApp, nameAddress, saveAnswers } from './enrol.ts';
import {
  enrolledPage,
  enrolOverPage,
  factorPage,
  linkPage,
  questionsPage,
  type Row,
} from './enrol-pages.ts';
import { type Enrolling, findEnrolling, openByLink, openBySession } from './enrolments.ts';
import type { SelfServicePorts } from './ports.ts';
import { offeredQuestions } from './questions.ts';
import { requireOn } from './settings.ts';

const text = (max: number) => z.string().max(max).default('');
const csrf = text(200);

/** question1, answer1 … as a browser sends them; an empty pair is left out. */
const QuestionsForm = z.looseObject({ csrf }).transform((form) => ({
  csrf: form.csrf,
  rows: Array.from({ length: answersMax }, (_, index) => rowOf(form, index + 1)),
}));

const Field = z.string().max(1_000).catch('');

function rowOf(form: Readonly<Record<string, unknown>>, number: number): Row {
  const id = Field.parse(form[`question${number}`]);
  const questionId = /^\d{1,9}$/.test(id) ? Number(id) : undefined;
  return { questionId, answer: Field.parse(form[`answer${number}`]) };
}

const own = { dialect: 'page', access: 'anyone' } as const;
const pages = { 200: 'page', 303: 'empty', 404: 'page', 410: 'page' } as const;
const posts = {
  ...pages,
  400: 'page',
  403: 'page',
  422: 'page',
  429: 'page',
  503: 'page',
} as const;

export function enrolRoutes(ports: SelfServicePorts): Route[] {
  return [...openingRoutes(ports), ...questionsRoutes(ports), ...factorRoutes(ports)];
}

function openingRoutes(ports: SelfServicePorts): Route[] {
  const cookie = enrolCookie(ports);
  const opened = (token: string): Answer => ({
    status: 303,
    headers: { location: '/reset/enrol/questions', 'set-cookie': keepToken(cookie, token) },
  });
  const form = (headers: RequestHeaders, status: number, refusal?: string): Answer => {
    const token = tokenIn(headers, cookie) ?? freshToken();
    return {
      status,
      page: (nonce) => linkPage(nonce, { csrf: proofOf(token), refusal }),
      headers: { 'set-cookie': keepToken(cookie, token) },
    };
  };
  return [
    route({
      ...own,
      method: 'GET',
      path: '/reset/enrol',
      summary: 'The page on which an enrolment begins',
      answers: pages,
      handle: async ({ headers, actor, csrfToken }) => {
        await requireOn(ports.db);
        if (actor.kind !== 'user' || csrfToken === undefined) return form(headers, 200);
        const page = { csrf: csrfToken, user: actor.name };
        return { status: 200, page: (nonce) => linkPage(nonce, page) };
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/reset/enrol',
      summary: 'Opens an enrolment with the code of its link, once',
      consumes: 'form',
      body: z.looseObject({ csrf, link: text(100) }),
      answers: posts,
      handle: async ({ headers, body, ip, csrfToken }) => {
        const isSessions = csrfToken !== undefined && isSameText(body.csrf, csrfToken);
        if (!isSessions && !isOwnForm(headers, tokenIn(headers, cookie), body.csrf)) {
          return form(headers, 400, 'The page was open for too long. Please try again.');
        }
        const token = await openByLink(ports, body.link, ip);
        if (token !== undefined) return opened(token);
        return form(headers, 422, 'This code does not open anything: it was used, or it is over.');
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/reset/enrol/me',
      summary: 'Opens an enrolment for the user who is signed in',
      consumes: 'form',
      body: z.looseObject({ csrf }),
      answers: posts,
      handle: async ({ headers, body, actor, csrfToken, ip }) => {
        const isOwn = csrfToken !== undefined && isSameText(body.csrf, csrfToken);
        if (actor.userId === undefined || actor.kind !== 'user' || !isOwn) {
          refuse('session.unproven');
        }
        refuseImpersonated(actor);
        const token = await openBySession(ports, actor.userId, ip);
        if (token !== undefined) return opened(token);
        const because =
          'You have set it up already. To change it, ask your service desk for a link: so nobody who finds your browser open can take it over.';
        return form(headers, 422, because);
      },
    }),
  ];
}

type Enrolled<T> = (enrolling: Enrolling, token: string) => Promise<T>;

/** Only in the browser that opened the enrolment, and while it is open. */
async function enrolled(
  ports: SelfServicePorts,
  headers: RequestHeaders,
  work: Enrolled<Answer>,
): Promise<Answer> {
  const token = tokenIn(headers, enrolCookie(ports));
  const enrolling = await findEnrolling(ports, token);
  if (enrolling === undefined || token === undefined) return { status: 410, page: enrolOverPage };
  return work(enrolling, token);
}

async function posted(
  ports: SelfServicePorts,
  headers: RequestHeaders,
  proof: string,
  work: Enrolled<Answer>,
): Promise<Answer> {
  if (!isOwnForm(headers, tokenIn(headers, enrolCookie(ports)), proof)) {
    return { status: 410, page: enrolOverPage };
  }
  return enrolled(ports, headers, work);
}

function questionsRoutes(ports: SelfServicePorts): Route[] {
  const form = async (
    enrolling: Enrolling,
    token: string,
    rows: readonly Row[] = [],
    refusal?: string,
  ): Promise<Answer> => {
    const offered = await offeredQuestions(ports.db);
    const page = { csrf: proofOf(token), name: enrolling.person.name, offered, rows, refusal };
    return {
      status: refusal === undefined ? 200 : 422,
      page: (nonce) => questionsPage(nonce, page),
    };
  };
  return [
    route({
      ...own,
      method: 'GET',
      path: '/reset/enrol/questions',
      summary: 'The page on which questions are chosen and answered',
      answers: pages,
      handle: ({ headers }) =>
        enrolled(ports, headers, (enrolling, token) => form(enrolling, token)),
    }),
    route({
      ...own,
      method: 'POST',
      path: '/reset/enrol/questions',
      summary: 'Keeps the answers to the questions chosen',
      consumes: 'form',
      body: QuestionsForm,
      answers: posts,
      handle: ({ headers, body }) =>
        posted(ports, headers, body.csrf, async (enrolling, token) => {
          const given = body.rows.flatMap(({ questionId, answer }) =>
            questionId === undefined || answer.trim() === '' ? [] : [{ questionId, answer }],
          );
          const fault = await saveAnswers(ports, enrolling, given);
          if (fault === undefined) return goTo('/reset/enrol/factor');
          return form(enrolling, token, body.rows, `Please look again: ${fault}.`);
        }),
    }),
  ];
}

const FactorForm = z.looseObject({ csrf, code: text(20), address: text(300), mailed: text(20) });
type FactorForm = z.infer<typeof FactorForm>;

type Fault = { readonly at: 'app' | 'address' | 'code'; readonly refusal: string };

function factorRoutes(ports: SelfServicePorts): Route[] {
  const form = async (enrolling: Enrolling, token: string, fault?: Fault): Promise<Answer> => {
    const page = { csrf: proofOf(token), enrolling, ...fault };
    const app = enrolling.hasNewApp ? undefined : await appOf(ports, enrolling);
    return {
      status: fault === undefined ? 200 : 422,
      page: (nonce) => factorPage(nonce, { ...page, app }),
    };
  };
  const after = async (
    work: Promise<Fault | undefined>,
    again: (fault: Fault) => Promise<Answer>,
  ) => {
    const fault = await work;
    return fault === undefined ? goTo('/reset/enrol/factor') : again(fault);
  };
  const posting = (
    path: string,
    summary: string,
    work: (enrolling: Enrolling, given: FactorForm) => Promise<Fault | undefined>,
  ) =>
    route({
      ...own,
      method: 'POST',
      path,
      summary,
      consumes: 'form',
      body: FactorForm,
      answers: posts,
      handle: ({ headers, body }) =>
        posted(ports, headers, body.csrf, (enrolling, token) =>
          after(work(enrolling, body), (fault) => form(enrolling, token, fault)),
        ),
    });
  return [
    route({
      ...own,
      method: 'GET',
      path: '/reset/enrol/factor',
      summary: 'The page on which a second factor is set up',
      answers: pages,
      handle: ({ headers }) =>
        enrolled(ports, headers, async (enrolling, token) =>
          enrolling.hasQuestions ? form(enrolling, token) : goTo('/reset/enrol/questions'),
        ),
    }),
    posting('/reset/enrol/app', 'Takes the first code of an app', async (enrolling, { code }) => {
      if (await confirmApp(ports, enrolling, code)) return undefined;
      const refusal =
        'That is not the code the app shows now. Wait for the next one, and see that the phone’s clock is right.';
      return { at: 'app', refusal };
    }),
    posting(
      '/reset/enrol/address',
      'Mails a code to an outside address',
      async (enrolling, { address }) => {
        const fault = await nameAddress(ports, enrolling, address);
        return fault === undefined
          ? undefined
          : { at: 'address', refusal: `This address will not do: ${fault}.` };
      },
    ),
    posting(
      '/reset/enrol/address/code',
      'Takes the code that was mailed to the outside address',
      async (enrolling, { mailed }) => {
        if (await confirmAddress(ports, enrolling, mailed)) return undefined;
        const refusal =
          'That is not the code, or it is over. After five tries a new one is needed.';
        return { at: 'code', refusal };
      },
    ),
    doneRoute(ports),
  ];
}

async function appOf({ factors }: SelfServicePorts, { person }: Enrolling) {
  const { id, email, name } = person;
  const made = await factors.begin({ kind: 'user', id }, email ?? name);
  return { link: made.link.reveal(), letters: made.letters.reveal() };
}

/** The browser is known from here on: see limits.ts. */
function doneRoute(ports: SelfServicePorts): Route {
  return route({
    ...own,
    method: 'POST',
    path: '/reset/enrol/done',
    summary: 'The end of an enrolment',
    consumes: 'form',
    body: z.looseObject({ csrf }),
    answers: posts,
    handle: ({ headers, body }) =>
      posted(ports, headers, body.csrf, async ({ person, hasApp, outside, hasQuestions }) => {
        if (!hasQuestions) return goTo('/reset/enrol/questions');
        if (!hasApp && outside === undefined) return goTo('/reset/enrol/factor');
        const mark = keepToken(knownCookie(ports), await knownMark(ports.keys, person.id));
        return {
          status: 200,
          page: (nonce) => enrolledPage(nonce, { name: person.name }),
          headers: { 'set-cookie': [mark] },
        };
      }),
  });
}

function goTo(location: string): Answer {
  return { status: 303, headers: { location } };
}
