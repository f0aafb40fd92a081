// Giving people passwords: the first administrator, new agents, and a change by their owner.
import { type Actor, callingFrom, refuseImpersonated, theHub } from '#domain/actor.ts';
import { weakness } from '#domain/password-strength.ts';
import type { DeskAgent } from '#domain/ports/agents.ts';
import type { People, Person, PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkLogin } from './check-login.ts';
import { inventPassword, type Passwords } from './passwords.ts';
import { about, actorOf, findPersonByLogin, personOfAgent } from './people.ts';
import { anyCredential, findCredential, putCredential } from './queries.ts';
import { endSessionsOf } from './sessions.ts';

export type CredentialPorts = People & {
  readonly db: Db;
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
    personOfAgent(agent),
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
  await setPassword(ports, personOfAgent(agent), password, { mustChange: true }, by, now);
  return { agent, password };
}

/**
 * A first password for somebody of the desk, shown once to who asked. One who has chosen their own
 * already keeps it: a forgotten password is not given away like this.
 */
export async function invite(
  ports: CredentialPorts,
  person: Person,
  by: Actor,
  now: Date,
): Promise<Secret> {
  refuseImpersonated(by);
  const { kind, name, email } = person;
  if (!person.enabled) refuse('invitation.misfit', { name, reason: `the ${kind} is disabled` });
  const found = email === '' ? undefined : await findPersonByLogin(ports, email);
  if (found?.kind !== kind || found.id !== person.id) {
    const reason = email === '' ? 'there is no e-mail address' : 'another has the same address';
    refuse('invitation.misfit', { name, reason });
  }
  const credential = await findCredential(ports.db, person);
  if (credential?.mustChange === false) {
    refuse('invitation.misfit', { name, reason: 'they have chosen a password already' });
  }
  const password = inventPassword();
  await setPassword(ports, person, password, { mustChange: true }, by, now);
  return password;
}

/** Someone's own choice. Whoever else is signed in as them is not any more, tokens included. */
export async function choosePassword(
  ports: CredentialPorts & { readonly endTokensOf: (tx: Tx, owner: PersonId) => Promise<void> },
  person: Person,
  chosen: {
    readonly present: Secret;
    readonly next: Secret;
    readonly ip: string;
    readonly browser?: string;
  },
  now: Date,
): Promise<void> {
  // An open session is no way to guess at the password.
  await provePassword(ports, person, { ...chosen, password: chosen.present }, now);
  const names = [person.name, person.email];
  const reason =
    chosen.present.reveal() === chosen.next.reveal()
      ? 'it is the present one'
      : weakness(chosen.next, { names, hasSecondFactor: false });
  if (reason !== undefined) refuse('password.weak', { reason });
  const by = callingFrom(actorOf(person), chosen.ip);
  await setPassword(ports, person, chosen.next, { mustChange: false }, by, now, ports.endTokensOf);
}

/** That it is the person, and not whoever got hold of their session. Counted like a sign-in. */
export async function provePassword(
  ports: CredentialPorts,
  person: Person,
  given: { readonly password: Secret; readonly ip: string; readonly browser?: string },
  now: Date,
): Promise<void> {
  const { password, ip, browser } = given;
  const from = browser === undefined ? { ip } : { ip, browser };
  const login = { login: person.email, person, password, ...from };
  if ((await checkLogin(ports, login, now)) === undefined) refuse('password.wrong');
}

async function setPassword(
  ports: CredentialPorts,
  person: Person,
  password: Secret,
  { mustChange }: { readonly mustChange: boolean },
  by: Actor,
  now: Date,
  also: (tx: Tx, owner: PersonId) => Promise<void> = async () => {},
): Promise<void> {
  const passwordHash = await ports.passwords.hash(password);
  await inTransaction(ports.db, async (tx) => {
    await putCredential(tx, person, { passwordHash, mustChange }, now);
    await endSessionsOf(tx, person);
    await also(tx, person);
    const subject = about(person);
    await audit(tx, [{ actor: by, action: 'password.changed', subject, outcome: 'done' }]);
  });
}
