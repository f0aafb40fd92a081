// The hub's own metadata, for the provider to read.
import { allows } from '#domain/permission.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { type Route, route } from '#http/route.ts';
import { Guid, notHere, openSamlApplication, selfOf } from './door.ts';
import { ownKey } from './own-key.ts';
import { findMetadata } from './stored.ts';

export function ownMetadataRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/sso/:guid/metadata',
      summary: 'The hub’s SAML metadata for this application’s provider',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      answers: { 200: 'text', 403: 'page' },
      handle: async ({ params: { guid }, actor }) => {
        const application = await openSamlApplication(ports, guid);
        if (application === undefined) return notHere;
        // Whoever sets it up needs it before; everybody else meets a closed door.
        if (!application.active && !allows(actor.permissions, 'sso:read')) return notHere;
        const { signsRequests, wantsAssertionsSigned, nameIdFormat } = application.saml;
        const provider = (await findMetadata(ports.db, application.id))?.provider;
        const body = ports.saml.ownMetadata(selfOf(ports, application), {
          key: await ownKey(ports, application),
          now: ports.clock(),
          signsRequests: signsRequests || provider?.wantsRequestsSigned === true,
          ...{ wantsAssertionsSigned, nameIdFormat },
        });
        const headers = {
          'content-type': 'application/samlmetadata+xml; charset=utf-8',
          'content-disposition': 'attachment; filename="sundog-metadata.xml"',
        };
        return { status: 200, body, headers };
      },
    }),
  ];
}
