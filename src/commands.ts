// Every command as a table: its words, its options, what it does. Scripts rely on the words and exit codes.
import type { ParseArgsConfig } from 'node:util';

export type Words = {
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly words: readonly string[];
};

export type Command = {
  readonly name: readonly string[];
  readonly usage: string;
  readonly does: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many words it takes beside its options. */
  readonly takes: number;
  run(given: Words): Promise<void>;
};

/** Read when a command runs: help and a slip of the keys need not wait for the whole hub. */
const from = {
  access: () => import('./commands-access.ts'),
  apply: () => import('./commands-apply.ts'),
  applications: () => import('./commands-applications.ts'),
  audit: () => import('./commands-audit.ts'),
  automation: () => import('./commands-automation.ts'),
  keys: () => import('./commands-keys.ts'),
  openapi: () => import('./commands-openapi.ts'),
  store: () => import('./commands-store.ts'),
  doctor: () => import('./doctor.ts'),
  start: () => import('./start.ts'),
  worker: () => import('./start-worker.ts'),
} as const;

const json = { json: { type: 'boolean' } } as const;

export const commands: readonly Command[] = [
  {
    name: ['start'],
    usage: 'start [--lab] [--role all|web|worker]',
    does: 'runs the hub; with --lab also Larkfield Optics, its service desk and its directory',
    options: { lab: { type: 'boolean' }, role: { type: 'string' } },
    takes: 0,
    run: async (given) =>
      given.options.role === 'worker'
        ? (await from.worker()).startWorker(given)
        : (await from.start()).startCommand(given),
  },
  {
    name: ['migrate'],
    usage: 'migrate',
    does: 'brings the database up to date',
    options: {},
    takes: 0,
    run: async () => (await from.store()).migrateCommand(),
  },
  {
    name: ['doctor'],
    usage: 'doctor [--json]',
    does: 'names every setting, connection and key that is wrong, and how to mend it',
    options: json,
    takes: 0,
    run: async (given) => (await from.doctor()).doctorCommand(given),
  },
  {
    name: ['application', 'create'],
    usage: 'application create --name N --scopes "all" [--json]',
    does: 'makes an API application; prints its client_id and client_secret once',
    options: { name: { type: 'string' }, scopes: { type: 'string' }, ...json },
    takes: 0,
    run: async (given) => (await from.access()).applicationCreate(given),
  },
  {
    name: ['application', 'list'],
    usage: 'application list [--json]',
    does: 'lists the API applications; secrets are never shown again',
    options: json,
    takes: 0,
    run: async (given) => (await from.applications()).applicationList(given),
  },
  {
    name: ['application', 'renew-secret'],
    usage: 'application renew-secret APPLICATION [--json]',
    does: 'gives it another client_secret, printed once; the old one and its tokens stop working',
    options: json,
    takes: 1,
    run: async (given) => (await from.applications()).applicationRenewSecret(given),
  },
  {
    name: ['application', 'disable'],
    usage: 'application disable APPLICATION [--json]',
    does: 'ends its tokens and keys at once, and keeps it',
    options: json,
    takes: 1,
    run: async (given) => (await from.applications()).applicationDisable(given),
  },
  {
    name: ['application', 'enable'],
    usage: 'application enable APPLICATION [--json]',
    does: 'lets a disabled application in again',
    options: json,
    takes: 1,
    run: async (given) => (await from.applications()).applicationEnable(given),
  },
  {
    name: ['application', 'delete'],
    usage: 'application delete APPLICATION [--json]',
    does: 'deletes it with its tokens and keys',
    options: json,
    takes: 1,
    run: async (given) => (await from.applications()).applicationDelete(given),
  },
  {
    name: ['application', 'key', 'create'],
    usage: 'application key create APPLICATION [--slot 1|2] [--expires DATE] [--json]',
    does: 'puts a new API key into one of the two slots; prints it once',
    options: { slot: { type: 'string' }, expires: { type: 'string' }, ...json },
    takes: 1,
    run: async (given) => (await from.applications()).applicationKeyCreate(given),
  },
  {
    name: ['agent', 'create'],
    usage: 'agent create --name N --email E [--admin] [--json]',
    does: 'makes an agent; prints a one-time password once',
    options: {
      name: { type: 'string' },
      email: { type: 'string' },
      admin: { type: 'boolean' },
      ...json,
    },
    takes: 0,
    run: async (given) => (await from.access()).agentCreate(given),
  },
  {
    name: ['user', 'invite'],
    usage: 'user invite --login L [--json]',
    does: 'lets a user of the desk sign in: prints a one-time password once',
    options: { login: { type: 'string' }, ...json },
    takes: 0,
    run: async (given) => (await from.access()).userInvite(given),
  },
  {
    name: ['plan'],
    usage: 'plan AUTOMATION [--person KEY] [--json]',
    does: 'looks and plans; writes nothing anywhere',
    options: { person: { type: 'string' }, ...json },
    takes: 1,
    run: async (given) => (await from.automation()).planCommand(given),
  },
  {
    name: ['approve'],
    usage: 'approve PLAN --hash H [--comment C] [--override GUARD,GUARD --because REASON]',
    does: 'says yes to exactly that plan; a guard that stops is overridden by name and with a reason',
    options: {
      hash: { type: 'string' },
      comment: { type: 'string' },
      override: { type: 'string' },
      because: { type: 'string' },
    },
    takes: 1,
    run: async (given) => (await from.automation()).approveCommand(given),
  },
  {
    name: ['reject'],
    usage: 'reject PLAN [--comment C]',
    does: 'says no to a plan',
    options: { comment: { type: 'string' } },
    takes: 1,
    run: async (given) => (await from.automation()).rejectCommand(given),
  },
  {
    name: ['apply'],
    usage: 'apply PLAN [--json]',
    does: 'applies an approved plan and waits for its outcomes',
    options: json,
    takes: 1,
    run: async (given) => (await from.apply()).applyCommand(given),
  },
  {
    name: ['undo'],
    usage: 'undo RUN [--json]',
    does: 'plans the undo of a run; it is approved and applied like any plan',
    options: json,
    takes: 1,
    run: async (given) => (await from.automation()).undoCommand(given),
  },
  {
    name: ['explain'],
    usage: 'explain AUTOMATION PERSON',
    does: 'fetch, join, scope, match, mapping and decision for one person, step by step',
    options: json,
    takes: 2,
    run: async (given) => (await from.automation()).explainCommand(given),
  },
  {
    name: ['keys', 'rotate'],
    usage: 'keys rotate [--update-only] [--json]',
    does: 'changes to a new master key and seals every secret anew, while the hub runs; typed again, it goes on',
    options: { 'update-only': { type: 'boolean' }, ...json },
    takes: 0,
    run: async (given) => (await from.keys()).keysRotate(given),
  },
  {
    name: ['audit', 'verify'],
    usage: 'audit verify [--from SEQ] [--key K] [--checkpoint FILE] [--export FILE] [--json]',
    does: 'finds any changed, missing, reordered, inserted or truncated entry of the audit trail; names the first',
    options: {
      from: { type: 'string' },
      key: { type: 'string' },
      checkpoint: { type: 'string', multiple: true },
      export: { type: 'string' },
      ...json,
    },
    takes: 0,
    run: async (given) => (await from.audit()).auditVerify(given),
  },
  {
    name: ['audit', 'export'],
    usage: 'audit export [--format ndjson|cef] [--from SEQ]',
    does: 'prints the audit trail, for a stranger to verify or for a SIEM',
    options: { format: { type: 'string' }, from: { type: 'string' } },
    takes: 0,
    run: async (given) => (await from.audit()).auditExport(given),
  },
  {
    name: ['audit', 'key'],
    usage: 'audit key',
    does: 'prints the public keys that checkpoints are signed with; keep a copy elsewhere',
    options: {},
    takes: 0,
    run: async () => (await from.audit()).auditKey(),
  },
  {
    name: ['audit', 'checkpoint'],
    usage: 'audit checkpoint',
    does: 'signs how far the audit trail has come, now, and keeps it here and outside',
    options: {},
    takes: 0,
    run: async () => (await from.audit()).auditCheckpoint(),
  },
  {
    name: ['openapi'],
    usage: 'openapi',
    does: 'prints openapi.json',
    options: {},
    takes: 0,
    run: async () => (await from.openapi()).openapiCommand(),
  },
];
