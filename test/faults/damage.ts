// What a run of creations left behind that it should not have: looked up in directory, database and logs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SubstringFilter } from 'ldapts';
import type { Hub } from '#hub.ts';
import { errorMessage } from '#lib/errors.ts';
import { guidText } from '#lib/guid.ts';
import { Secret } from '#lib/secret.ts';
import { administrator, type DirectoryServer, signedIn } from '#test/servers/directory-server.ts';

export type Damage = {
  /** People with two accounts, or none. */
  readonly twiceOrNever: number;
  /** Outcomes, audit entries, links and passwords to hand over that are missing, double or wrong. */
  readonly unrecorded: number;
  /** Secrets found in what the hubs printed, in the database's logs, or in plain in any table. */
  readonly leaked: number;
  /** First passwords that do not open their account. */
  readonly wrongPasswords: number;
  /** Accounts that a later hub found created and took for its own. */
  readonly found: number;
};

export type Scene = {
  readonly server: DirectoryServer;
  readonly hub: Hub;
  readonly runId: string;
  readonly prefix: string;
  readonly creates: number;
  readonly log: string;
};

type Outcome = { readonly targetId: string | null; readonly found: boolean };
type Account = { readonly dn: string; readonly id: string; readonly surname: string };
type Password = { readonly accountId: string; readonly text: string };

export async function damageOf(scene: Scene): Promise<Damage> {
  const accounts = await accountsOf(scene);
  const outcomes = await outcomesOf(scene);
  const passwords = await passwordsOf(scene);
  const foundIds = new Set(
    outcomes.filter(({ found }) => found).flatMap(({ targetId }) => targetId ?? []),
  );
  const names = accounts.map(({ surname }) => surname);
  const double = names.length - new Set(names).size;
  return {
    twiceOrNever: double + (scene.creates - new Set(names).size),
    unrecorded: await unrecorded(scene, accounts, outcomes, passwords),
    leaked: await leaked(scene, passwords),
    wrongPasswords: await wrongPasswords(scene.server, accounts, passwords, foundIds),
    found: foundIds.size,
  };
}

/** Everyone of the run's surname, wherever in the domain. */
async function accountsOf({ server, prefix }: Scene): Promise<readonly Account[]> {
  await using client = await administrator(server);
  const { searchEntries } = await client.search(server.baseDn, {
    filter: new SubstringFilter({ attribute: 'sn', initial: prefix }),
    attributes: ['objectGUID', 'sn'],
    explicitBufferAttributes: ['objectGUID'],
    paged: true,
  });
  return searchEntries.map(({ dn, objectGUID, sn }) => ({
    dn,
    surname: String(sn),
    id: Buffer.isBuffer(objectGUID) ? guidText(objectGUID) : '',
  }));
}

async function outcomesOf({ hub, runId }: Scene): Promise<readonly Outcome[]> {
  const rows = await hub.db
    .selectFrom('outcomes')
    .select(['target_id', 'because'])
    .where('run_id', '=', runId)
    .where('result', '=', 'done')
    .execute();
  return rows.map((row) => ({
    targetId: row.target_id,
    found: row.because?.includes('interruption') ?? false,
  }));
}

async function passwordsOf({ hub, runId }: Scene): Promise<readonly Password[]> {
  const rows = await hub.db
    .selectFrom('password_handovers')
    .select(['change_id', 'account_id', 'sealed'])
    .where('run_id', '=', runId)
    .execute();
  return rows.flatMap(({ change_id, account_id: accountId, sealed }) => {
    const place = { table: 'password_handovers', row: `${runId}/${change_id}`, column: 'sealed' };
    return sealed === null ? [] : [{ accountId, text: hub.sealing.unseal(place, sealed).reveal() }];
  });
}

async function unrecorded(
  scene: Scene,
  accounts: readonly Account[],
  outcomes: readonly Outcome[],
  passwords: readonly Password[],
): Promise<number> {
  const { hub, runId, creates } = scene;
  const { rows } = await hub.store.pool.query<{ what: string; id: string }>(
    `select outcome as what, case outcome when 'done' then subject_id else '' end as id
       from audit_entries where run_id = $1 and action = 'account.created'
     union all select 'link', account_id from links where created_by_run::text = $1`,
    [runId],
  );
  const told = (what: string) => rows.filter((row) => row.what === what).map(({ id }) => id);
  const real = new Set(accounts.map(({ id }) => id));
  const lists = [
    outcomes.map(({ targetId }) => targetId ?? ''),
    told('done'),
    told('link'),
    passwords.map(({ accountId }) => accountId),
  ];
  const unlike = lists.map((ids) => {
    const known = new Set(ids);
    const strange = [...known].filter((id) => !real.has(id));
    return strange.length + [...real].filter((id) => !known.has(id)).length;
  });
  const double = lists.map((ids) => Math.abs(ids.length - creates));
  const intents = Math.abs(told('intent').length - creates) + told('failed').length;
  return [...unlike, ...double].reduce((sum, one) => sum + one, intents);
}

async function leaked({ hub, server, log }: Scene, passwords: readonly Password[]) {
  const { store } = hub;
  const everything = [log, databaseLogs(store.dataFolder), await everyTable(hub)].join('\n');
  if (everything.length < 10_000) throw new Error('Logs and tables were not read.');
  const masterKey = readFileSync(join(store.dataFolder, 'master.key'), 'utf8').trim();
  const service = server.service.password.reveal();
  const secrets = [...passwords.map(({ text }) => text), masterKey, service];
  return secrets.filter((secret) => everything.includes(secret)).length;
}

function databaseLogs(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.log'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

/** Every row of every table as text, the queue's among them. */
async function everyTable({ store }: Hub): Promise<string> {
  const { rows: tables } = await store.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'graphile_worker')
       and has_table_privilege(format('%I.%I', schemaname, tablename), 'select')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await store.pool.query(`select each::text as row from ${name} as each`);
    texts.push(rows.map(({ row }) => String(row)).join('\n'));
  }
  return texts.join('\n');
}

const triedBesides = 10;

/** Those that were found after a kill, and a few others: what is handed over must open the account. */
async function wrongPasswords(
  server: DirectoryServer,
  accounts: readonly Account[],
  passwords: readonly Password[],
  foundIds: ReadonlySet<string>,
): Promise<number> {
  const texts = new Map(passwords.map(({ accountId, text }) => [accountId, text]));
  const others = accounts.filter(({ id }) => !foundIds.has(id)).slice(0, triedBesides);
  let wrong = 0;
  for (const account of [...accounts.filter(({ id }) => foundIds.has(id)), ...others]) {
    if (!(await opens(server, account.dn, texts.get(account.id) ?? 'none'))) wrong += 1;
  }
  return wrong;
}

/** The right password of an account that must change it is answered with 773, a wrong one with 52e. */
async function opens(server: DirectoryServer, dn: string, text: string): Promise<boolean> {
  try {
    await using _ = await signedIn(server, { dn, password: new Secret(text) });
    return true;
  } catch (error) {
    return errorMessage(error).includes('data 773');
  }
}
