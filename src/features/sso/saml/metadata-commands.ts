// Metadata given by an administrator: as XML, or by the address it is read from, now and later.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type ApplicationPorts, changeApplicationIn } from '#features/sso/applications/commands.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { keepRead, type Read, read, readFrom, refresh } from './refresh.ts';

export type MetadataPorts = Omit<SsoPorts, 'sessions'> & ApplicationPorts;

export type GivenMetadata = { readonly xml: string } | { readonly url: string };

export async function getSaml(db: Db | Tx, id: number): Promise<SsoApplication> {
  const application = await findSsoApplication(db, { id });
  if (application === undefined) {
    return refuse('record.unknown', { kind: 'single sign-on application', id });
  }
  const { name, protocol } = application;
  if (protocol !== 'saml') refuse('sso-application.wrong-protocol', { name, protocol: 'OIDC' });
  return application;
}

/** Read and judged before anything is changed; what cannot be used leaves what was there. */
export async function giveMetadata(
  ports: MetadataPorts,
  actor: Actor,
  { id, given }: { readonly id: number; readonly given: GivenMetadata },
): Promise<void> {
  refuseImpersonated(actor);
  const before = await getSaml(ports.db, id);
  const found = await readGiven(ports, before, given);
  await inTransaction(ports.db, async (tx) => {
    const metadataUrl = 'url' in given ? given.url : null;
    const after = await changeApplicationIn(tx, ports, actor, {
      id,
      settings: { saml: { metadataUrl } },
    });
    if (after.version !== before.version + 1) refuse('sso.changed', { name: before.name });
    // An administrator may put one provider in the place of another.
    await tx.deleteFrom('sso_metadata').where('application_id', '=', id).execute();
    await keepRead(ports, tx, after, { ...found, by: actor });
  });
}

async function readGiven(
  ports: MetadataPorts,
  application: SsoApplication,
  given: GivenMetadata,
): Promise<Read> {
  if ('url' in given) return readFrom(ports, application, given.url);
  return { document: given.xml, provider: read(ports, application, given.xml) };
}

/** At once; refuses with what kept it from being read. */
export async function refreshNow(ports: MetadataPorts, actor: Actor, id: number): Promise<void> {
  refuseImpersonated(actor);
  const application = await getSaml(ports.db, id);
  if (application.saml.metadataUrl === null) refuse('sso-metadata.no-address');
  await refresh(ports, application, { by: actor, restMs: 0 });
}
