// An application as it is shown: with its warnings, for which the others and the desk are looked at.
import type { Db, Tx } from '#store/db.ts';
import type { ApplicationPorts } from './commands.ts';
import { hasBreakGlass, redirectingApplications, type Shown } from './queries.ts';
import { warningsOf } from './warnings.ts';

/** What says the warnings of any application, as things are now. */
export async function warner(
  db: Db | Tx,
  { clock }: Pick<ApplicationPorts, 'clock'>,
): Promise<(shown: Shown) => string[]> {
  const breakGlass = await hasBreakGlass(db);
  const redirects = await redirectingApplications(db);
  return ({ application, around }) => {
    const others = redirects.filter(({ id }) => id !== application.id);
    const namesOf = (entity: 'agent' | 'user') =>
      others.filter((one) => one[entity]).map(({ name }) => name);
    const redirecting = { agent: namesOf('agent'), user: namesOf('user') };
    return warningsOf(application, around, { now: clock(), breakGlass, redirecting });
  };
}
