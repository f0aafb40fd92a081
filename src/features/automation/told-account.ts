// The account a told request speaks of, read only when its macros ask for it.
import type { Account } from '#domain/account.ts';
import type { Cell } from '#domain/record.ts';
import type { OutboundWebhook } from '#domain/webhook.ts';
import { macrosOf, parseTemplate } from '#lib/macros.ts';
import type { LookPorts } from './ports.ts';
import type { Step } from './work.ts';

/** The attributes that the webhook's macros read: %ad.x%, and %x% where no column is called so. */
export function attributesFor(
  { request, lookFirst }: OutboundWebhook,
  columns: Readonly<Record<string, Cell>>,
): string[] {
  const { body } = request;
  const texts = [
    request.url,
    ...[...request.headers, ...request.parameters].map(({ value }) => value),
    ...(body.kind === 'form' ? body.fields.map(({ value }) => value) : []),
    ...('text' in body ? [body.text] : []),
    ...(lookFirst === null ? [] : [lookFirst.url]),
  ];
  const names = texts
    .flatMap((text) => macrosOf(parseTemplate(text, { braces: true })))
    .filter(({ braced }) => !braced)
    .filter(
      ({ prefix, name }) =>
        prefix === 'ad' || (prefix === undefined && !Object.hasOwn(columns, name)),
    )
    .map(({ name }) => name);
  return [...new Set(names)];
}

export async function accountOfPerson(
  { openDirectory }: Pick<LookPorts, 'openDirectory'>,
  steps: readonly Step[],
  attributes: readonly string[],
): Promise<Account | undefined> {
  const about = steps.find(({ change }) => change.kind !== 'tell');
  if (about === undefined) return undefined;
  const { target, connectionId } = about.change;
  const made = steps.find(({ change }) => change.kind === 'create')?.targetId;
  const id = target.kind === 'existing' ? target.id : made;
  if (id === undefined || id === null) return undefined;
  await using directory = await openDirectory(connectionId);
  return (await directory.findAccounts([id], attributes)).get(id);
}
