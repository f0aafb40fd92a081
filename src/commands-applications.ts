// The commands that look after API applications once they are made. What they print of secrets is shown once.
import type { Application } from '#features/applications/model.ts';
import { accessCommands } from './access-commands.ts';
import type { Words } from './commands.ts';
import { commandLine, withHub } from './hub.ts';
import { printJson, required, tableText, WrongUsage } from './print.ts';

export async function applicationList({ options }: Words): Promise<void> {
  await withHub(async (hub) => {
    const all = await accessCommands(hub).listApplications();
    if (options.json === true) return printJson(all.map(shown));
    if (all.length === 0) return console.log('There is no application yet.');
    const rows = all.map((one) => Object.values(shown(one)).map((value) => String(value)));
    console.log(tableText([['id', 'name', 'kind', 'client_id', 'enabled', 'scopes'], ...rows]));
  });
}

function shown({ id, name, kind, clientId, enabled, scopes }: Application) {
  return { id, name, kind, client_id: clientId, enabled, scopes: scopes.join(' ') };
}

export async function applicationRenewSecret({ options, words }: Words): Promise<void> {
  await withHub(async (hub) => {
    const commands = accessCommands(hub);
    const application = await commands.findApplication(words[0] ?? '');
    const secret = await commands.renewSecret(application.id, commandLine);
    const told = { client_id: application.clientId, client_secret: secret.reveal() };
    printOnce(told, options.json === true, 'The old secret and its tokens have stopped working.');
  });
}

export async function applicationDisable(given: Words): Promise<void> {
  await enable(given, false);
}

export async function applicationEnable(given: Words): Promise<void> {
  await enable(given, true);
}

async function enable({ options, words }: Words, enabled: boolean): Promise<void> {
  await withHub(async (hub) => {
    const commands = accessCommands(hub);
    const { id } = await commands.findApplication(words[0] ?? '');
    const changed = await commands.enableApplication(id, enabled, commandLine);
    if (options.json === true) return printJson(shown(changed));
    console.log(`${changed.name} is ${enabled ? 'enabled' : 'disabled; its tokens are over'}.`);
  });
}

export async function applicationDelete({ options, words }: Words): Promise<void> {
  await withHub(async (hub) => {
    const commands = accessCommands(hub);
    const { id } = await commands.findApplication(words[0] ?? '');
    const gone = await commands.removeApplication(id, commandLine);
    if (options.json === true) return printJson(shown(gone));
    console.log(`${gone.name} is deleted, with its tokens and keys.`);
  });
}

export async function applicationKeyCreate({ options, words }: Words): Promise<void> {
  const slot = slotOf(options.slot ?? '1');
  const expiresAt =
    options.expires === undefined ? undefined : dateOf(required(options, 'expires'));
  await withHub(async (hub) => {
    const commands = accessCommands(hub);
    const { id } = await commands.findApplication(words[0] ?? '');
    const key = await commands.renewKey({ id, slot, expiresAt }, commandLine);
    const told = { slot, api_key: key.reveal(), expires: expiresAt?.toISOString() ?? null };
    printOnce(told, options.json === true, `What stood in slot ${slot} has stopped working.`);
  });
}

function printOnce(
  told: Readonly<Record<string, string | number | null>>,
  json: boolean,
  besides: string,
): void {
  if (json) {
    printJson(told);
    return;
  }
  console.log(tableText(Object.entries(told).map(([word, value]) => [word, String(value ?? '')])));
  console.log(`It is shown this once; keep it now. ${besides}`);
}

function slotOf(text: unknown): 1 | 2 {
  if (text === '1') return 1;
  if (text === '2') return 2;
  throw new WrongUsage('--slot is 1 or 2.');
}

function dateOf(text: string): Date {
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(date.getTime())) throw new WrongUsage(`${text} is no date such as 2027-01-31.`);
  if (date.getTime() <= Date.now()) throw new WrongUsage(`${text} is past.`);
  return date;
}
