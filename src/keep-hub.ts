// Keeps a hub until a signal, whatever it serves: store, first administrator, and what its role brings.
import { refuse } from '#domain/problem.ts';
import { openLog } from '#lib/log.ts';
import { type HubRole, takeHubLock } from '#store/hub-lock.ts';
import { agreeOnLab, holdsData } from '#store/lab-mark.ts';
import { accessCommands } from './access-commands.ts';
import type { Words } from './commands.ts';
import { type Config, readConfig } from './config.ts';
import { type Hub, openHub } from './hub.ts';
import type { Serving } from './work.ts';

const labAdministrator = { email: 'admin@larkfield.test', name: 'Larkfield administrator' };
/** What is under way when the hub is told to stop may take so long; then the process ends all the same. */
const stopMs = 15_000;

export async function keepHub(
  { options }: Words,
  role: HubRole,
  serve: (hub: Hub, opened: AsyncDisposableStack) => Promise<Serving>,
): Promise<void> {
  const lab = options.lab === true;
  const config = readConfig();
  if (lab) checkLoopback(config);
  const log = openLog(lab ? { ...config.log, level: labLevel(config) } : config.log);
  for (const warning of config.warnings) log.warn(warning);
  const told = stopSignal();
  await using opened = new AsyncDisposableStack();
  const hub = opened.use(
    await openHub({
      config,
      log,
      onLost: (because) => {
        log.error('The database is gone; the hub stops', { because });
        process.exit(1);
      },
      admit: (db) => agreeOnLab(db, lab, () => holdsData(db)),
    }),
  );
  opened.use(await takeHubLock(hub.store, role));
  const administrator = await firstAdministrator(hub, lab);
  const serving = await serve(hub, opened);
  greet(serving.publicUrl, role, lab, administrator);
  log.info('The hub is ready', { address: serving.publicUrl.origin, role });
  const signal = await told;
  log.info('The hub stops', { signal });
  setTimeout(() => process.exit(1), stopMs).unref();
}

/** The lab's loose manners (its own authority, loopback addresses) are not for other machines to reach. */
function checkLoopback({ host }: Config): void {
  const loopback = host === 'localhost' || host === '::1' || /^127\./.test(host);
  if (!loopback) refuse('lab.not-loopback', { host });
}

/** Beside the lab's table only what went wrong, unless SUNDOG_LOG asks for more. */
function labLevel({ log }: Config): Config['log']['level'] {
  return log.levelChosen ? log.level : 'warn';
}

type Administrator = { readonly email: string; readonly password: string | undefined };

async function firstAdministrator(hub: Hub, lab: boolean): Promise<Administrator | undefined> {
  const made = await accessCommands(hub).ensureFirstAdministrator({
    password: hub.config.adminPassword,
    ...(lab ? labAdministrator : {}),
  });
  return made && { email: made.email, password: made.password?.reveal() };
}

function greet(
  address: URL,
  role: HubRole,
  lab: boolean,
  administrator: Administrator | undefined,
): void {
  if (role === 'worker') return;
  const lines = [`Sundog is ready at ${address.origin}`];
  if (administrator?.password !== undefined) {
    lines.push(
      `Sign in as ${administrator.email} with the password ${administrator.password}`,
      'It is shown this once, and you choose your own at the first sign-in.',
    );
  } else if (administrator !== undefined) {
    lines.push(`Sign in as ${administrator.email} with the password of SUNDOG_ADMIN_PASSWORD.`);
  } else if (lab) {
    lines.push(`Sign in as ${labAdministrator.email} with the password you chose.`);
  }
  lines.push('Ctrl-C stops it.');
  console.log(`\n${lines.join('\n')}`);
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve(signal));
    }
  });
}
