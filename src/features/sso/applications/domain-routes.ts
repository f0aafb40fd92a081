// The endpoints of an application's mail domains under /v1.
import { z } from 'zod';
import { type Route, route } from '#http/route.ts';
import { SsoDomainWire } from './answers.ts';
import type { ApplicationPorts } from './commands.ts';
import { addDomain, listDomains, proveDomain, removeDomain, vouchForDomain } from './domains.ts';
import { getShown } from './queries.ts';
import { domainToWire } from './wire.ts';

const wholeNumber = z.coerce.number().pipe(z.int32().positive());
const Params = z.object({ id: wholeNumber });
const DomainParams = z.object({ id: wholeNumber, domainId: wholeNumber });
const path = '/v1/sso-applications/:id/domains';

export function ssoDomainRoutes(ports: ApplicationPorts): Route[] {
  return [
    route({
      method: 'GET',
      path,
      summary: 'The mail domains whose addresses the application may vouch for',
      dialect: 'v1',
      access: ['sso:read'],
      params: Params,
      answers: { 200: z.object({ items: z.array(SsoDomainWire), next: z.null() }) },
      async handle({ params: { id } }) {
        await getShown(ports.db, id);
        const items = (await listDomains(ports.db, id)).map(domainToWire);
        return { status: 200, body: { items, next: null } };
      },
    }),
    route({
      method: 'POST',
      path,
      summary: 'Adds a mail domain, and says which DNS record proves it',
      dialect: 'v1',
      access: ['sso:edit'],
      params: Params,
      body: z.strictObject({ domain: z.string().min(1).max(254) }),
      answers: { 201: SsoDomainWire },
      async handle({ actor, params: { id }, body }) {
        const domain = await addDomain(ports, actor, id, body.domain);
        return { status: 201, body: domainToWire(domain) };
      },
    }),
    route({
      method: 'POST',
      path: `${path}/:domainId/prove`,
      summary: 'Looks for the DNS record of a mail domain',
      dialect: 'v1',
      access: ['sso:edit'],
      params: DomainParams,
      answers: { 200: SsoDomainWire },
      async handle({ actor, params: { id: applicationId, domainId } }) {
        const domain = await proveDomain(ports, actor, { applicationId, domainId });
        return { status: 200, body: domainToWire(domain) };
      },
    }),
    route({
      method: 'POST',
      path: `${path}/:domainId/vouch`,
      summary: 'An administrator’s own word for a mail domain, instead of a DNS record',
      dialect: 'v1',
      access: ['sso:edit', 'admin'],
      params: DomainParams,
      answers: { 200: SsoDomainWire },
      async handle({ actor, params: { id: applicationId, domainId } }) {
        const domain = await vouchForDomain(ports, actor, { applicationId, domainId });
        return { status: 200, body: domainToWire(domain) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:domainId`,
      summary: 'Removes a mail domain',
      dialect: 'v1',
      access: ['sso:edit'],
      params: DomainParams,
      answers: { 204: 'empty' },
      async handle({ actor, params: { id: applicationId, domainId } }) {
        await removeDomain(ports, actor, { applicationId, domainId });
        return { status: 204 };
      },
    }),
  ];
}
