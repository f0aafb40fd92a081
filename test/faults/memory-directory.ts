// A directory in memory that breaks on request: only for faults that a real one cannot be asked for.
import { randomUUID } from 'node:crypto';
import type { Account, Attributes, Group } from '#domain/account.ts';
import type { Directory, NewAccount, WriteResult } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { fileTime } from '#lib/file-time.ts';

type Stored = { account: Account; marker?: string; protected: boolean };

export type MemoryDirectory = {
  readonly open: () => Promise<Directory>;
  readonly accounts: Map<string, Stored>;
  readonly groups: Map<string, Group>;
  readonly passwords: Map<string, string>;
  enforcesHistory: boolean;
  /** Every write that was asked for, in order: 'createAccount CN=...'. */
  readonly writes: string[];
  /** Called before every write; throwing is the fault. */
  fault: (write: string) => void | Promise<void>;
  /** Called after a creation has arrived; throwing loses its answer. */
  lost: (write: string) => void | Promise<void>;
  addGroup(name: string, protectedGroup?: boolean): Group;
  addAccount(dn: string, attributes: Attributes, enabled?: boolean): Account;
};

export const memoryBase = 'DC=ad,DC=larkfield,DC=test';

export function aMemoryDirectory(): MemoryDirectory {
  const memory: MemoryDirectory = {
    open: async () => openOn(memory),
    accounts: new Map(),
    groups: new Map(),
    passwords: new Map(),
    enforcesHistory: true,
    writes: [],
    fault: () => {},
    lost: () => {},
    addGroup(name, protectedGroup = false) {
      const dn = `CN=${name},OU=Groups,${memoryBase}`;
      const group = { id: randomUUID(), dn, name, protected: protectedGroup };
      memory.groups.set(group.id, group);
      return group;
    },
    addAccount(dn, attributes, enabled = true) {
      const account: Account = {
        id: randomUUID(),
        dn,
        enabled,
        attributes: { cn: [cnOf(dn)], ...attributes },
        groupIds: [],
        createdAt: new Date(),
      };
      memory.accounts.set(account.id, { account, protected: false });
      return account;
    },
  };
  return memory;
}

function openOn(memory: MemoryDirectory): Directory {
  async function write(what: string): Promise<void> {
    memory.writes.push(what);
    await memory.fault(what);
  }
  function stored(id: string): Stored {
    const found = memory.accounts.get(id);
    if (found !== undefined) return found;
    throw new DirectoryRefusal('object.missing', 'The account is no longer there.', false);
  }
  function all(): Account[] {
    return [...memory.accounts.values()].map(({ account }) => account);
  }
  return {
    facts: async () => ({
      baseDn: memoryBase,
      dnsDomain: 'ad.larkfield.test',
      server: 'memory',
      activeDirectory: true,
      enforcesHistory: memory.enforcesHistory,
    }),
    async *readAccounts({ bases }) {
      const within = (dn: string) =>
        bases.length === 0 || bases.some((base) => lower(dn).endsWith(lower(base)));
      yield all().filter(({ dn }) => within(dn));
    },
    findAccounts: async (ids) =>
      new Map(
        ids.flatMap((id) => {
          const found = memory.accounts.get(id);
          return found === undefined ? [] : [[id, found.account] as const];
        }),
      ),
    findByAttribute: async ({ attribute, values }) => {
      const wanted = new Set(values.map(lower));
      return all().filter((one) => valuesOf(one, attribute).some((v) => wanted.has(lower(v))));
    },
    findTaken: async ({ attribute, values, container }) => {
      const taken = all()
        .filter(({ dn }) => container === undefined || lower(dn).endsWith(`,${lower(container)}`))
        .flatMap((one) => valuesOf(one, attribute).map(lower));
      return new Set(values.filter((value) => taken.includes(lower(value))));
    },
    findGroups: async (names) =>
      new Map(
        names.flatMap((name) => {
          const found = [...memory.groups.values()].find((group) =>
            [group.name, group.dn, group.id].some((word) => lower(word) === lower(name)),
          );
          return found === undefined ? [] : [[name, found] as const];
        }),
      ),
    findProtected: async (ids) =>
      new Set(
        ids.filter((id) => memory.accounts.get(id)?.protected || memory.groups.get(id)?.protected),
      ),
    containerExists: async () => true,

    async createAccount(asked: NewAccount) {
      await write(`createAccount ${asked.dn}`);
      refuseTaken(all(), asked);
      const account: Account = {
        id: randomUUID(),
        dn: asked.dn,
        enabled: asked.enabled,
        attributes: { ...asked.attributes, cn: [cnOf(asked.dn)] },
        groupIds: [],
        createdAt: new Date(),
      };
      memory.accounts.set(account.id, { account, marker: asked.marker, protected: false });
      memory.passwords.set(account.id, asked.password.reveal());
      await memory.lost(`createAccount ${asked.dn}`);
      return account;
    },
    async findCreated(dn) {
      const found = [...memory.accounts.values()].find(
        ({ account }) => lower(account.dn) === lower(dn),
      );
      if (found === undefined) return undefined;
      const { account, marker } = found;
      return marker === undefined ? account : { ...account, marker };
    },
    async updateAccount(id, before, after) {
      await write(`updateAccount ${id}`);
      const found = stored(id);
      const { attributes } = found.account;
      const names = Object.keys({ ...before, ...after });
      if (names.every((name) => same(attributes[name], after[name]))) return 'already-so';
      if (!names.every((name) => same(attributes[name], before[name]))) return 'conflict';
      found.account = { ...found.account, attributes: { ...attributes, ...after } };
      return 'written';
    },
    async setEnabled(id, from, to) {
      await write(`setEnabled ${id} ${to}`);
      const found = stored(id);
      if (found.account.enabled === to) return 'already-so';
      if (found.account.enabled !== from) return 'conflict';
      found.account = { ...found.account, enabled: to };
      return 'written';
    },
    async resetPassword(id, { password, from, mustChange }) {
      await write(`resetPassword ${id}`);
      const found = stored(id);
      const { attributes } = found.account;
      if ((attributes.pwdLastSet?.[0] ?? '0') !== from) return 'conflict';
      const pwdLastSet = [mustChange ? '0' : fileTime(new Date())];
      memory.passwords.set(id, password.reveal());
      found.account = { ...found.account, attributes: { ...attributes, pwdLastSet } };
      await memory.lost(`resetPassword ${id}`);
      return 'written';
    },
    async unlock(id, from) {
      await write(`unlock ${id}`);
      const found = stored(id);
      const { attributes } = found.account;
      const now = attributes.lockoutTime?.[0] ?? '0';
      if (now === '0') return 'already-so';
      if (now !== from) return 'conflict';
      found.account = { ...found.account, attributes: { ...attributes, lockoutTime: ['0'] } };
      await memory.lost(`unlock ${id}`);
      return 'written';
    },
    isPassword: async (id, password) =>
      stored(id).account.enabled ? memory.passwords.get(id) === password.reveal() : undefined,
    addMember: (groupId, accountId) => changeMember(groupId, accountId, true),
    removeMember: (groupId, accountId) => changeMember(groupId, accountId, false),
    async [Symbol.asyncDispose]() {},
  };

  async function changeMember(groupId: string, id: string, wanted: boolean): Promise<WriteResult> {
    await write(`${wanted ? 'addMember' : 'removeMember'} ${groupId} ${id}`);
    if (!memory.groups.has(groupId)) {
      throw new DirectoryRefusal('object.missing', 'The group is no longer there.', false);
    }
    const found = stored(id);
    const { groupIds } = found.account;
    if (groupIds.includes(groupId) === wanted) return 'already-so';
    const kept = groupIds.filter((each) => each !== groupId);
    found.account = { ...found.account, groupIds: wanted ? [...kept, groupId] : kept };
    return 'written';
  }
}

/** As AD has it: the cn within its container, the logon names within the domain. */
function refuseTaken(accounts: readonly Account[], asked: NewAccount): void {
  const clash = accounts.some(
    (one) =>
      lower(one.dn) === lower(asked.dn) ||
      ['sAMAccountName', 'userPrincipalName'].some((name) => {
        const wanted = asked.attributes[name] ?? [];
        return valuesOf(one, name).some((value) => wanted.map(lower).includes(lower(value)));
      }),
  );
  if (clash) throw new DirectoryRefusal('name.taken', 'The name is taken.', false);
}

function valuesOf(account: Account, attribute: string): readonly string[] {
  const name = Object.keys(account.attributes).find((each) => lower(each) === lower(attribute));
  return name === undefined ? [] : (account.attributes[name] ?? []);
}

function same(one: readonly string[] = [], other: readonly string[] = []): boolean {
  return one.length === other.length && one.every((value) => other.includes(value));
}

function cnOf(dn: string): string {
  return /^CN=((?:\\.|[^,\\])*)/i.exec(dn)?.[1] ?? dn;
}

function lower(text: string): string {
  return text.toLowerCase();
}
