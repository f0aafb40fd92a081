// Writing to Active Directory: one write per creation, compare-and-swap for all else, and no write without a look.
import { AddRequest, Attribute, Change, ModifyRequest } from 'ldapts';
import type { Account, Attributes } from '#domain/account.ts';
import type {
  CreatedAccount,
  DirectoryWriter,
  NewAccount,
  WriteResult,
} from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { batches } from '#lib/batches.ts';
import { parseDn } from '#lib/dn.ts';
import { isGuid } from '#lib/guid.ts';
import { slots } from '#lib/slots.ts';
import {
  accountControl,
  accountsOf,
  attributesToAsk,
  createdTime,
  idOf,
  type KnownGroups,
  markerAttribute,
} from './accounts.ts';
import { limits } from './address.ts';
import { type Entry, firstText, textsOf } from './entry.ts';
import { refusal, resultCode, unfit } from './refusals.ts';
import { entriesAt, entryAt } from './search.ts';
import type { Session } from './session.ts';
import {
  controlAttribute,
  creationAttributes,
  passwordAttribute,
  refuseReserved,
  sameValues,
  swap,
} from './values.ts';

const noSuchAttribute = 16;
const attributeOrValueExists = 20;

/** What every write here needs: ways to send and to look, for one session. */
type Hands = {
  readonly session: Session;
  readonly send: (request: AddRequest | ModifyRequest) => Promise<void>;
  readonly modify: (dn: string, changes: Change[]) => Promise<void>;
  readonly accountAt: (dn: string) => Promise<Account | undefined>;
  readonly createdAt: (dn: string) => Promise<CreatedAccount | undefined>;
};

export function writerOf(
  session: Session,
): Omit<DirectoryWriter, 'resetPassword' | 'unlock' | 'isPassword'> {
  const hands = handsOf(session);
  return {
    createAccount: (asked) => createAccount(hands, asked),
    findCreated: hands.createdAt,
    updateAccount: (id, before, after) => updateAccount(hands, id, before, after),
    setEnabled: (id, from, to) => setEnabled(hands, id, from, to),
    addMember: (groupId, id) => changeMember(hands, groupId, id, true),
    removeMember: (groupId, id) => changeMember(hands, groupId, id, false),
  };
}

function handsOf(session: Session): Hands {
  const known: KnownGroups = new Map();
  const writes = slots(limits.writesMax);
  const send = async (request: AddRequest | ModifyRequest) => {
    if (!session.root.activeDirectory) throw readOnly();
    const connection = await session.connection();
    await writes.run(() => session.slots.run(() => connection.send(request)));
  };
  return {
    session,
    send,
    modify: (dn, changes) => send(new ModifyRequest({ messageId: 0, dn, changes })),
    async accountAt(dn) {
      const entry = await entryAt(session, dn, attributesToAsk(session, []));
      if (entry === undefined) return undefined;
      const [account] = await accountsOf(session, [entry], [], known);
      return account;
    },
    createdAt: batches({ itemsMax: limits.createdMax, atOnce: 1 }, (dns: readonly string[]) =>
      lookAtCreated(session, dns),
    ),
  };
}

async function createAccount(hands: Hands, asked: NewAccount): Promise<CreatedAccount> {
  if (!hands.session.encrypted) throw unencrypted();
  try {
    await hands.send(creation(asked));
  } catch (error) {
    throw creationRefusal(error);
  }
  const created = await hands.createdAt(asked.dn);
  if (created === undefined) throw missing('account');
  return created;
}

/** One search for all of them: whoever was created while one is under way is looked at by the next. */
async function lookAtCreated(
  session: Session,
  dns: readonly string[],
): Promise<(CreatedAccount | undefined)[]> {
  const attributes = [
    ...['objectGUID', 'entryUUID', 'whenCreated', 'createTimestamp'],
    markerAttribute,
  ];
  const found = await entriesAt(session, dns, attributes);
  return found.map((entry) => {
    const id = entry && idOf(entry);
    if (entry === undefined || id === undefined) return undefined;
    const createdAt = createdTime(entry);
    const marker = firstText(entry, markerAttribute);
    return {
      id,
      dn: entry.dn,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(marker === undefined ? {} : { marker }),
    };
  });
}

async function updateAccount(
  { session, modify }: Hands,
  id: string,
  before: Attributes,
  after: Attributes,
): Promise<WriteResult> {
  const dn = guidDn(id, 'account');
  const names = namesOf(before, after);
  for (const name of names) refuseReserved(name);
  const changes = names.flatMap((name) => swap(name, before[name] ?? [], after[name] ?? []));
  const found = await look(session, dn, names, before, after);
  if (found !== 'as-before') return found;
  if (changes.length === 0) return 'already-so';
  try {
    await modify(dn, changes);
    return 'written';
  } catch (error) {
    const code = resultCode(error);
    if (code !== noSuchAttribute && code !== attributeOrValueExists) throw refusal(error);
    const now = await look(session, dn, names, before, after);
    if (now === 'as-before') throw refusal(error);
    return now;
  }
}

async function setEnabled(
  { session, modify }: Hands,
  id: string,
  from: boolean,
  to: boolean,
): Promise<WriteResult> {
  const dn = guidDn(id, 'account');
  for (let round = 0; round < limits.swapsMax; round += 1) {
    const entry = await mustBeThere(session, dn, 'account', ['userAccountControl']);
    const bits = Number(firstText(entry, 'userAccountControl'));
    if (!Number.isInteger(bits)) throw unfit('The account has no switch to enable it with.');
    const enabled = (bits & accountControl.disabled) === 0;
    if (enabled === to) return 'already-so';
    if (enabled !== from) return 'conflict';
    const wanted = to ? bits & ~accountControl.disabled : bits | accountControl.disabled;
    try {
      await modify(dn, swapControl(bits, wanted));
      return 'written';
    } catch (error) {
      // Somebody changed another bit in between: that is no conflict of ours, so look again.
      if (resultCode(error) !== noSuchAttribute) throw refusal(error);
    }
  }
  return 'conflict';
}

async function changeMember(
  { session, modify, accountAt }: Hands,
  groupId: string,
  id: string,
  wanted: boolean,
): Promise<WriteResult> {
  const operation = wanted ? 'add' : 'delete';
  const [group, member] = [guidDn(groupId, 'group'), guidDn(id, 'account')];
  const modification = new Attribute({ type: 'member', values: [member] });
  try {
    await modify(group, [new Change({ operation, modification })]);
    return 'written';
  } catch (error) {
    // Directories say "already so" in many ways (68, 20, 16, 53): what is so, only a look tells.
    if (resultCode(error) === undefined) throw refusal(error);
    await mustBeThere(session, group, 'group');
    const now = await accountAt(member);
    if (now === undefined) throw missing('account');
    if (now.groupIds.includes(groupId.toLowerCase()) === wanted) return 'already-so';
    throw refusal(error);
  }
}

function creation({ dn, attributes, enabled, password, mustChangePassword, marker }: NewAccount) {
  const [rdn] = parseDn(dn) ?? [];
  const own = rdn?.[0];
  if (own === undefined) throw unfit('The account’s place in the directory is no DN.');
  return new AddRequest({
    messageId: 0,
    dn,
    attributes: [
      new Attribute({
        type: 'objectClass',
        values: ['top', 'person', 'organizationalPerson', 'user'],
      }),
      ...creationAttributes(attributes, own.value),
      new Attribute({ type: markerAttribute, values: [marker] }),
      controlAttribute(enabled),
      passwordAttribute(password),
      // 0: the password has expired and must be changed at the next sign-in (MS-ADA3 pwdLastSet).
      ...(mustChangePassword ? [new Attribute({ type: 'pwdLastSet', values: ['0'] })] : []),
    ],
  });
}

/** In an add, "no such object" is the container it should have gone into. */
function creationRefusal(error: unknown): DirectoryRefusal {
  const known = refusal(error);
  if (known.code !== 'object.missing') return known;
  return new DirectoryRefusal(
    'container.missing',
    'The container for the account is not in the directory; create it or correct the mapping.',
    false,
    known.detail,
  );
}

async function look(
  session: Session,
  dn: string,
  names: readonly string[],
  before: Attributes,
  after: Attributes,
): Promise<'as-before' | 'already-so' | 'conflict'> {
  const entry = await mustBeThere(session, dn, 'account', names);
  const is = (wanted: Attributes) =>
    names.every((name) => sameValues(name, textsOf(entry, name), wanted[name]));
  if (is(after)) return 'already-so';
  return is(before) ? 'as-before' : 'conflict';
}

export async function mustBeThere(
  session: Session,
  dn: string,
  what: 'account' | 'group',
  attributes: readonly string[] = [],
): Promise<Entry> {
  const entry = await entryAt(session, dn, ['objectGUID', ...attributes]);
  if (entry === undefined) throw missing(what);
  return entry;
}

function swapControl(from: number, to: number): Change[] {
  const attribute = (bits: number) =>
    new Attribute({ type: 'userAccountControl', values: [`${bits}`] });
  return [
    new Change({ operation: 'delete', modification: attribute(from) }),
    new Change({ operation: 'add', modification: attribute(to) }),
  ];
}

/** Names in both, each once, whatever its case. */
function namesOf(before: Attributes, after: Attributes): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

/** Active Directory takes an id for a DN (MS-ADTS §3.1.1.3.1.2.4), so a rename in between does no harm. */
export function guidDn(id: string, what: 'account' | 'group'): string {
  if (!isGuid(id)) throw missing(what);
  return `<GUID=${id.replace(/[{}]/g, '')}>`;
}

export function missing(what: 'account' | 'group'): DirectoryRefusal {
  return new DirectoryRefusal(
    'object.missing',
    `The ${what} is no longer in the directory, or the service account may not see it; look again and plan anew.`,
    false,
  );
}

export function unencrypted(): DirectoryRefusal {
  return new DirectoryRefusal(
    'tls.required',
    'Passwords are written over an encrypted connection only; choose LDAPS or StartTLS in the connection.',
    false,
  );
}

export function readOnly(): DirectoryRefusal {
  return new DirectoryRefusal(
    'directory.refused',
    'This directory is no Active Directory: Sundog reads from it and writes nothing to it.',
    false,
  );
}
