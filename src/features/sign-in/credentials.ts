// Giving people passwords: the first administrator, new agents, and a change by their owner.
import { type Actor, theHub } from '#domain/actor.ts';
import { weakness } from '#domain/password-strength.ts';
import type { Agents, DeskAgent } from '#domain/ports/agents.ts';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkLogin } from './check-login.ts';
import { inventPassword, type Passwords } from './passwords.ts';
import { anyCredential, findCredential, putCredential } from './queries.ts';
import { about, actorOf, endSessionsOf } from './sessions.ts';

export type CredentialPorts = {
  readonly db: Db;
  readonly agents: Agents;
  readonly passwords: Passwords;
};

export type FirstAdministrator = {
  readonly email: string;
  /** Only when it was made here and now: to be printed once. */
  readonly password?: Secret;
};

/**
 * On the first start, makes the administrator everything begins with. Later it changes nothing and
 * tells nothing. The password is changed at the first sign-in, unless `mustChange` says otherwise.
 */
export async function ensureFirstAdministrator(
  ports: CredentialPorts,
  options: {
    readonly password?: Secret | undefined;
    readonly name?: string;
    readonly email?: string;
    readonly mustChange?: boolean;
  },
  now: Date,
): Promise<FirstAdministrator | undefined> {
  if (await anyCredential(ports.db)) return undefined;
  const email = options.email ?? 'admin@localhost';
  const name = options.name ?? 'Administrator';
  const agent =
    (await ports.agents.findByLogin(email)) ??
    (await ports.agents.create({ name, email, administrator: true }));
  const password = options.password ?? inventPassword();
  await setPassword(
    ports,
    agent,
    password,
    { mustChange: options.mustChange ?? true },
    theHub,
    now,
  );
  return options.password === undefined ? { email, password } : { email };
}

/** A new agent and the password that signs them in once: then they choose their own. */
export async function createAgent(
  ports: CredentialPorts,
  given: { readonly name: string; readonly email: string; readonly administrator: boolean },
  by: Actor,
  now: Date,
): Promise<{ readonly agent: DeskAgent; readonly password: Secret }> {
  const known = await ports.agents.findByLogin(given.email);
  // An agent that the desk has and who was never given a password, as after a crash, gets one now.
  if (known !== undefined) {
    const credential = await findCredential(ports.db, { kind: 'agent', id: known.id });
    if (credential !== undefined) refuse('agent.taken', { email: given.email });
  }
  const agent = known ?? (await ports.agents.create(given));
  const password = inventPassword();
  await setPassword(ports, agent, password, { mustChange: true }, by, now);
  return { agent, password };
}

/** Someone's own choice. Whoever else is signed in as them is not any more, tokens included. */
export async function choosePassword(
  ports: CredentialPorts & { readonly endTokensOf: (tx: Tx, agentId: number) => Promise<void> },
  agent: DeskAgent,
  chosen: { readonly present: Secret; readonly next: Secret; readonly ip: string },
  now: Date,
): Promise<void> {
  // Counted like a sign-in: an open session is no way to guess at the password.
  const login = { login: agent.email, agent, password: chosen.present, ip: chosen.ip };
  if ((await checkLogin(ports, login, now)) === undefined) refuse('password.wrong');
  const names = [agent.name, agent.email];
  const reason =
    chosen.present.reveal() === chosen.next.reveal()
      ? 'it is the present one'
      : weakness(chosen.next, { names, hasSecondFactor: false });
  if (reason !== undefined) refuse('password.weak', { reason });
  const by = actorOf(agent);
  await setPassword(ports, agent, chosen.next, { mustChange: false }, by, now, ports.endTokensOf);
}

async function setPassword(
  ports: CredentialPorts,
  agent: DeskAgent,
  password: Secret,
  { mustChange }: { readonly mustChange: boolean },
  by: Actor,
  now: Date,
  also: (tx: Tx, agentId: number) => Promise<void> = async () => {},
): Promise<void> {
  const passwordHash = await ports.passwords.hash(password);
  await inTransaction(ports.db, async (tx) => {
    await putCredential(tx, { kind: 'agent', id: agent.id }, { passwordHash, mustChange }, now);
    await endSessionsOf(tx, agent.id);
    await also(tx, agent.id);
    const subject = about(agent);
    await audit(tx, [{ actor: by, action: 'password.changed', subject, outcome: 'done' }]);
  });
}
