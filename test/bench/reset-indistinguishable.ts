// Whether the time of an answer tells who is there: Welch's t between unknown, not enrolled, privileged and
// enrolled logins, at /reset and at its proof; beside the same without the fixed time.
import { proofOf } from '#http/own-form.ts';
import { newToken } from '#lib/tokens.ts';
import { aClient, anAgent, anApplication, ask, aUser } from '#test/servers/access.ts';
import { aSelfServiceHub, enrol, type SelfServiceHub } from '#test/servers/self-service.ts';
import type { Bench, Row } from './row.ts';

const asksEach = 2_000;
const proofsEach = 160;
const plainEach = 500;
const tMax = 3;
/** As shipped: see limits.ts. */
const shipped = { askMs: 400, proveMs: 1_500 };
const none = { askMs: 0.001, proveMs: 0.001 };
/** So many at once stay within what an address may. */
const asksAtOnce = 48;
const proofsAtOnce = 16;

export const resetIndistinguishable: Bench = {
  name: 'reset-indistinguishable',
  async run() {
    await using hidden = await aStage(shipped);
    const asked = await measured(hidden, asksEach, asksAtOnce, askOnce);
    const proven = await measured(hidden, proofsEach, proofsAtOnce, proveOnce);
    await using bare = await aStage(none);
    const askedBare = await measured(bare, plainEach, asksAtOnce, askOnce);
    const provenBare = await measured(bare, proofsEach, proofsAtOnce, proveOnce);
    return [
      row(`who is asked for at /reset, ${asksEach} each of 4 kinds`, asked, askedBare),
      row(`wrong proofs, ${proofsEach} each of 4 kinds`, proven, provenBare),
    ];
  },
};

const kinds = ['unknown', 'not enrolled', 'privileged', 'enrolled'] as const;
type Kind = (typeof kinds)[number];
type Stage = SelfServiceHub & { readonly logins: Readonly<Record<Kind, string>> };
type Once = (stage: Stage, login: string) => Promise<number>;

async function aStage(steps: typeof shipped): Promise<Stage> {
  const stage = await aSelfServiceHub({ steps });
  const at = await aClient(stage.hub);
  const { apiKey } = await anApplication(stage.hub, { kind: 'api-key' });
  const agent = await anAgent(stage.hub, { name: 'Petra Holt' });
  const privileged = await aUser(stage.hub, { name: 'Petra Holt', at });
  const users = stage.hub.database.db.updateTable('desk_users');
  await users.set({ linked_agent_id: agent.id }).where('id', '=', privileged.id).execute();
  const plain = await aUser(stage.hub, { name: 'Bela Costa', at });
  const enrolled = await aUser(stage.hub, { name: 'Ines Marlow', at });
  await enrol(stage, enrolled, (path) =>
    ask(stage.hub, path, { method: 'POST', headers: { 'x-halo-api-key': apiKey } }),
  );
  const logins = {
    unknown: 'nobody.at.all@larkfield.test',
    'not enrolled': plain.email,
    privileged: privileged.email,
    enrolled: enrolled.email,
  };
  return { ...stage, logins };
}

/** The largest |t| of any kind against the unknown. Kinds take turns at each place of a batch. */
async function measured(stage: Stage, each: number, atOnce: number, once: Once): Promise<number> {
  const times: Record<Kind, number[]> = {
    unknown: [],
    'not enrolled': [],
    privileged: [],
    enrolled: [],
  };
  for (let batch = 0; times.unknown.length < each; batch += 1) {
    stage.hub.time.now = new Date(stage.hub.time.now.getTime() + 5 * 3_600_000);
    await Promise.all(
      Array.from({ length: atOnce }, async (_, place) => {
        const kind = kinds[(place + batch) % kinds.length] ?? 'unknown';
        times[kind].push(await once(stage, stage.logins[kind]));
      }),
    );
  }
  return Math.max(...kinds.slice(1).map((kind) => Math.abs(welch(times.unknown, times[kind]))));
}

async function askOnce({ hub }: Stage, login: string): Promise<number> {
  const token = newToken().reveal();
  const form = { csrf: proofOf(token), login, factor: 'app' };
  const began = performance.now();
  const told = await ask(hub, '/reset', { form, headers: { cookie: `sundog_reset=${token}` } });
  const took = performance.now() - began;
  if (told.status !== 303) throw new Error(`/reset answered ${told.status}.`);
  return took;
}

async function proveOnce({ hub }: Stage, login: string): Promise<number> {
  const first = newToken().reveal();
  const begun = await ask(hub, '/reset', {
    form: { csrf: proofOf(first), login, factor: 'app' },
    headers: { cookie: `sundog_reset=${first}` },
  });
  const token = /sundog_reset=([\w-]+)/.exec(begun.headers.get('set-cookie') ?? '')?.[1] ?? '';
  const began = performance.now();
  const told = await ask(hub, '/reset/prove', {
    form: { csrf: proofOf(token), code: '000000' },
    headers: { cookie: `sundog_reset=${token}` },
  });
  const took = performance.now() - began;
  if (told.status !== 401) throw new Error(`/reset/prove answered ${told.status}.`);
  return took;
}

/** Welch's t: how many standard errors two means lie apart. */
function welch(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [momentsOf(one), momentsOf(other)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / one.length + b.variance / other.length);
}

function momentsOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

function row(what: string, t: number, bare: number): Row {
  return {
    issue: 3,
    name: `self-service: ${what}`,
    value: t,
    unit: 't',
    reference: 'the same without the fixed time',
    referenceValue: bare,
    ratio: t / bare,
    goal: `Welch’s |t| below ${tMax}`,
    ok: t < tMax,
  };
}
