// The commands that let programs and people in: an API application, an agent. What they print is shown once.
import { Scope } from '#features/applications/model.ts';
import { accessCommands } from './access-commands.ts';
import type { Words } from './commands.ts';
import { commandLine, withHub } from './hub.ts';
import { printJson, required, tableText, WrongUsage } from './print.ts';

export async function applicationCreate({ options }: Words): Promise<void> {
  const name = required(options, 'name');
  const scopes = required(options, 'scopes')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(scopeOf);
  await withHub(async (hub) => {
    const made = await accessCommands(hub).createApplication({ name, scopes }, commandLine);
    const shown = {
      client_id: made.application.clientId,
      client_secret: made.clientSecret?.reveal() ?? null,
    };
    if (options.json === true) return printJson(shown);
    console.log(tableText(Object.entries(shown).map(([word, value]) => [word, value ?? ''])));
    console.log('The secret is shown this once; keep it now.');
  });
}

export async function agentCreate({ options }: Words): Promise<void> {
  const given = {
    name: required(options, 'name'),
    email: emailOf(required(options, 'email')),
    administrator: options.admin === true,
  };
  await withHub(async (hub) => {
    const made = await accessCommands(hub).createAgent(given, commandLine);
    const shown = { id: made.agent.id, email: made.agent.email, password: made.password.reveal() };
    if (options.json === true) return printJson(shown);
    console.log(tableText(Object.entries(shown).map(([word, value]) => [word, String(value)])));
    console.log('The password is shown this once, and is changed at the first sign-in.');
  });
}

export async function userInvite({ options }: Words): Promise<void> {
  const login = required(options, 'login');
  await withHub(async (hub) => {
    const made = await accessCommands(hub).inviteUser(login, commandLine);
    const shown = { id: made.user.id, email: made.user.email, password: made.password.reveal() };
    if (options.json === true) return printJson(shown);
    console.log(tableText(Object.entries(shown).map(([word, value]) => [word, String(value)])));
    console.log('The password is shown this once, and is changed at the first sign-in.');
  });
}

/** Somebody@localhost is an address too. */
function emailOf(text: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return text;
  throw new WrongUsage(`${text} is no e-mail address.`);
}

function scopeOf(text: string) {
  const read = Scope.safeParse(text);
  if (read.success) return read.data;
  throw new WrongUsage(`There is no scope ${text}; there are ${Scope.options.join(', ')}.`);
}
