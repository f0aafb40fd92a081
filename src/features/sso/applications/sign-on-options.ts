// What the sign-in page offers: which applications have a button there, and where it goes on to by itself.
import type { Entity, SsoApplication } from '#features/sso/model.ts';
import { listActiveSsoApplications } from '#features/sso/queries.ts';
import type { Db } from '#store/db.ts';
import { applicationsWithMetadata } from './queries.ts';
import { missingOf } from './warnings.ts';

export type SignOnOptions = {
  readonly buttons: readonly {
    readonly href: string;
    readonly label: string;
    readonly logo: string | null;
    readonly colour: string | null;
    readonly filled: boolean;
  }[];
  readonly autoRedirect: string | undefined;
};

/**
 * `entity`: whose page it is; undefined is everybody's, which shows the buttons of both and goes on as the
 * agents' does. Where two applications would be gone on to, people choose.
 */
export async function signOnOptions(
  db: Db,
  entity: Entity | undefined,
  back: string,
): Promise<SignOnOptions> {
  const active = await listActiveSsoApplications(db);
  if (active.length === 0) return { buttons: [], autoRedirect: undefined };
  const read = await applicationsWithMetadata(db);
  const ready = active.filter((one) => isReady(one, read.has(one.id)));
  const redirected = entity ?? 'agent';
  const redirecting = ready.filter(
    ({ allows, autoRedirects }) => allows[redirected] && autoRedirects[redirected],
  );
  const [only, ...others] = redirecting;
  return {
    buttons: ready
      .filter((one) =>
        entity ? isShownTo(one, entity) : isShownTo(one, 'agent') || isShownTo(one, 'user'),
      )
      .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
      .map((one) => buttonOf(one, entity, back)),
    autoRedirect: only && others.length === 0 ? startOf(only, redirected, back) : undefined,
  };
}

function isReady(application: SsoApplication, hasMetadata: boolean): boolean {
  const metadata = hasMetadata ? { readAt: application.createdAt, failure: null } : null;
  return missingOf(application, { metadata }).length === 0;
}

function isShownTo({ allows, button: { shownTo } }: SsoApplication, entity: Entity): boolean {
  return allows[entity] && (shownTo === 'both' || shownTo === `${entity}s`);
}

function buttonOf(application: SsoApplication, entity: Entity | undefined, back: string) {
  const { name, button } = application;
  return {
    href: startOf(application, entity, back),
    label: button.label ?? `Sign in with ${name}`,
    logo: button.logo,
    colour: button.colour,
    filled: button.overrides,
  };
}

function startOf({ guid }: SsoApplication, entity: Entity | undefined, back: string): string {
  const query = new URLSearchParams({ return: back, ...(entity === undefined ? {} : { entity }) });
  return `/auth/sso/${guid}/start?${query}`;
}
