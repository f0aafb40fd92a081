// A hub with its doors and self-service, a real SMTP server, and a directory that is asked in the port's words.
import { openMailer } from '#connectors/mail/mail.ts';
import { theHub } from '#domain/actor.ts';
import { MailSettings } from '#domain/connection.ts';
import type {
  PasswordResets,
  ResetAsked,
  ResetOutcome,
  ResetStanding,
} from '#domain/ports/password-reset.ts';
import type { ProblemCode } from '#domain/problem.ts';
import { Problem } from '#domain/problem.ts';
import { openSelfService, type SelfService } from '#features/password-reset/self-service.ts';
import { changeSettings } from '#features/password-reset/settings.ts';
import { secondFactors } from '#features/sign-in/factors.ts';
import { endSessionsOf } from '#features/sign-in/sessions.ts';
import { stepAt, totpCode } from '#features/sign-in/totp.ts';
import { newId } from '#lib/ids.ts';
import { silentLog } from '#lib/log.ts';
import { outboxTask } from '#store/outbox.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  type BrowserOf,
  csrfIn,
  type Neighbourhood,
  type Told,
} from './access.ts';
import { aMailServer, type MailServer } from './mail-server.ts';

export type SelfServiceHub = AsyncDisposable & {
  readonly hub: AccessHub;
  readonly mail: MailServer;
  readonly directory: FakeDirectory;
  readonly service: SelfService;
  /** Sends what the outbox holds. */
  deliver(): Promise<void>;
  /** Runs the job that settles what was started. */
  settle(): Promise<void>;
};

export type FakeDirectory = {
  readonly asked: ResetAsked[];
  /** What it knows against resetting; nothing: it may. */
  obstacle: Extract<ProblemCode, `reset.${string}`> | undefined;
  outcome: ResetOutcome;
  /** Thrown after the run has begun: an answer that was lost. */
  lost: Error | undefined;
};

const done: ResetOutcome = { state: 'done', sentence: 'Done.', anotherPassword: false };

export async function aSelfServiceHub(
  given: { readonly steps?: { readonly askMs: number; readonly proveMs: number } } = {},
): Promise<SelfServiceHub> {
  const mail = await aMailServer();
  const directory: FakeDirectory = {
    asked: [],
    obstacle: undefined,
    outcome: done,
    lost: undefined,
  };
  const opened: SelfService[] = [];
  const hub = await anAccessHub({
    more: async (beside) => {
      const connectionId = await aMailConnection(beside);
      const service = serviceBeside(beside, mail, directory, given.steps);
      await changeSettings(
        beside.database.db,
        { enabled: true, connectionId },
        theHub,
        beside.clock(),
      );
      opened.push(service);
      return service.routes;
    },
  });
  const [service] = opened;
  if (service === undefined) throw new Error('Self-service was not opened.');
  const { db } = hub.database;
  const running = {
    signal: new AbortController().signal,
    attempt: 1,
    attemptsMax: 1,
    log: silentLog,
  };
  return {
    hub,
    mail,
    directory,
    service,
    async deliver() {
      const task = outboxTask(db, service.deliverers);
      const waiting = db.selectFrom('outbox').select('id').where('state', '=', 'waiting');
      for (const { id } of await waiting.orderBy('id').execute()) await task.run({ id }, running);
    },
    async settle() {
      const task = service.tasks.find(({ name }) => name === 'self-service.settle');
      const rows = await db
        .selectFrom('reset_requests')
        .select('id')
        .where('state', '=', 'started')
        .execute();
      for (const { id } of rows) await task?.run({ id }, running);
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await mail[Symbol.asyncDispose]();
    },
  };
}

function serviceBeside(
  { database, clock, sealing, publicUrl }: Neighbourhood,
  mail: MailServer,
  directory: FakeDirectory,
  steps = { askMs: 5, proveMs: 5 },
): SelfService {
  const { db } = database;
  return openSelfService({
    db,
    clock,
    sealing,
    publicUrl,
    factors: secondFactors({ db, clock, sealing }),
    resets: directoryOf(directory),
    openMailer: async () => openMailer(settingsOf(mail.port), null, allowance),
    endSignInsOf: (tx, id) => endSessionsOf(tx, { kind: 'user', id }),
    steps,
  });
}

const allowance = { lab: true, confirmed: [], networks: [] };

function settingsOf(port: number): MailSettings {
  const from = 'Sundog <sundog@larkfield.test>';
  return MailSettings.parse({
    host: '127.0.0.1',
    port,
    user: null,
    security: 'plain',
    from,
    ca: null,
  });
}

async function aMailConnection({ database, clock }: Neighbourhood): Promise<string> {
  const id = newId();
  await database.db
    .insertInto('connections')
    .values({
      id,
      kind: 'mail',
      name: 'Mail of Larkfield',
      lab: true,
      settings: '{}',
      version: 1,
      health: 'unknown',
      created_at: clock(),
      updated_at: clock(),
    })
    .execute();
  return id;
}

function directoryOf(directory: FakeDirectory): PasswordResets {
  const standing = (): ResetStanding =>
    directory.obstacle === undefined
      ? {
          may: true,
          account: {
            directoryConnectionId: newId(),
            system: 'AD Larkfield',
            id: newId(),
            dn: 'CN=Ines Marlow,DC=ad,DC=larkfield,DC=test',
            logonName: 'ines.marlow',
            found: 'matched',
            locked: true,
            historyEnforced: true,
          },
        }
      : { may: false, code: directory.obstacle, sentence: 'It may not.' };
  return {
    look: async () => standing(),
    start: async (asked) => {
      if (directory.obstacle !== undefined) {
        throw new Problem(directory.obstacle, { person: asked.person.name, reason: '' });
      }
      directory.asked.push(asked);
      if (directory.lost !== undefined) throw directory.lost;
      return { planId: newId(), runId: asked.runId ?? newId() };
    },
    hasBegun: async (runId) => directory.asked.some((asked) => asked.runId === runId),
    outcome: async () => directory.outcome,
    waitFor: async () => directory.outcome,
  };
}

export const answers: Readonly<Record<string, string>> = {
  question1: 'Apricot dumplings with Oma',
  question2: 'Lighthouse keeper at Godrevy',
  question3: 'Mrs Penhaligon for the frogs',
  question4: 'Captain Button-eye',
  question5: 'Sandpiper Close, Hayle',
};

export type Enrolled = {
  /** The letters of the app's secret. */
  readonly letters: string;
  readonly browser: BrowserOf;
  /** What was answered, by the id of the question. */
  readonly given: ReadonlyMap<string, string>;
};

/** Invited by mail, opened in a browser, five answers, an app; and an outside address if wanted. */
/** Where somebody enrols: a hub in this process, or one of its own with real time. */
export type Enrolling = Pick<SelfServiceHub, 'mail' | 'deliver'> & {
  readonly hub: Pick<AccessHub, 'base' | 'time'>;
};

export async function enrol(
  stage: Enrolling,
  person: { readonly id: number; readonly email: string },
  administrator: (path: string) => Promise<unknown>,
  outside?: string,
): Promise<Enrolled> {
  const { hub, mail } = stage;
  await administrator(`/v1/self-service/people/${person.id}/invite`);
  await stage.deliver();
  const browser = aBrowser(hub);
  const link = /#([a-z0-9-]+)/.exec(mail.lastTo(person.email)?.text ?? '')?.[1] ?? '';
  const opening = await browser.ask('/reset/enrol');
  await browser.ask('/reset/enrol', { form: { csrf: csrfIn(opening), link } });
  const page = await browser.ask('/reset/enrol/questions');
  const ids = [...page.text.matchAll(/<option value="(\d+)"/g)].map(([, id = '']) => id);
  const chosen = [...new Set(ids)].slice(0, 5);
  const csrf = csrfIn(page);
  const form = Object.fromEntries(
    chosen.flatMap((id, index) => [
      [`question${index + 1}`, id],
      [`answer${index + 1}`, answers[`question${index + 1}`] ?? ''],
    ]),
  );
  await browser.ask('/reset/enrol/questions', { form: { csrf, ...form } });
  const factor = await browser.ask('/reset/enrol/factor');
  const letters = (/<code>([A-Z2-7 ]+)<\/code>/.exec(factor.text)?.[1] ?? '').replaceAll(' ', '');
  await browser.ask('/reset/enrol/app', { form: { csrf, code: codeOf(letters, hub.time.now) } });
  if (outside !== undefined) await proveAddress(stage, browser, csrf, outside);
  await browser.ask('/reset/enrol/done', { form: { csrf } });
  // A code is good once: the next one comes with the next half minute.
  hub.time.now = new Date(hub.time.now.getTime() + 90_000);
  const given = chosen.map((id, index) => [id, answers[`question${index + 1}`] ?? ''] as const);
  return { letters, browser, given: new Map(given) };
}

async function proveAddress(
  stage: Enrolling,
  browser: BrowserOf,
  csrf: string,
  address: string,
): Promise<void> {
  await browser.ask('/reset/enrol/address', { form: { csrf, address } });
  await stage.deliver();
  const mailed = mailedCode(stage.mail, address);
  await browser.ask('/reset/enrol/address/code', { form: { csrf, mailed } });
}

export function mailedCode(mail: MailServer, address: string): string {
  return /is (\d{4} \d{4})/.exec(mail.lastTo(address)?.text ?? '')?.[1] ?? '';
}

/** What the app shows. */
export function codeOf(letters: string, now: Date): string {
  const bits = [...letters]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter))
    .map((value) => value.toString(2).padStart(5, '0'))
    .join('');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return totpCode(Buffer.from(bytes), stepAt(now));
}

/** Names themselves at /reset; gives back the page that asks. */
export async function identify(
  browser: BrowserOf,
  login: string,
  factor: 'app' | 'mail' = 'app',
): Promise<Told> {
  const page = await browser.ask('/reset');
  const begun = await browser.ask('/reset', { form: { csrf: csrfIn(page), login, factor } });
  if (begun.status !== 303) return begun;
  return browser.ask('/reset/prove');
}

export function questionsOn(page: Told): string[] {
  return [...page.text.matchAll(/name="answer(\d+)"/g)].map(([, id = '']) => id);
}

/** Answers what the page asks. */
export async function prove(
  browser: BrowserOf,
  page: Told,
  given: ReadonlyMap<string, string>,
  code: string,
): Promise<Told> {
  const fields = questionsOn(page).map((id) => [`answer${id}`, given.get(id) ?? 'something else']);
  const form = { csrf: csrfIn(page), code, ...Object.fromEntries(fields) };
  return browser.ask('/reset/prove', { form });
}
