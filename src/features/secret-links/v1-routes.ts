// /v1/secret-links: for the console, whose browser encrypts what it sends here.
import { z } from 'zod';
import { refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type Route, type RouteOf, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { burn, changeHours } from './burn.ts';
import type { NewLink } from './create.ts';
import { linkLimits } from './model.ts';
import { addPart, fileOf, partTextMax } from './parts.ts';
import type { LinkPorts } from './ports.ts';
import { getLink, listLinks } from './queries.ts';
import {
  LinkRulesWire,
  linkToWire,
  NewSecretLinkWire,
  PartWire,
  SecretLinksWire,
  SecretLinkWire,
} from './wire.ts';

const Id = z.object({ id: z.coerce.number().pipe(z.int32().min(1)) });
const Page = z.object({
  before: z.coerce.number().pipe(z.int32()).optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
});

const own = { dialect: 'v1', access: ['secret-links:create'] } as const satisfies Partial<
  RouteOf<undefined, undefined, undefined>
>;

export function v1Routes(ports: LinkPorts): Route[] {
  const { db, clock, rules } = ports;
  return [
    route({
      ...own,
      method: 'GET',
      path: '/v1/secret-links',
      summary: 'Lists secret links: one’s own, or all within reach for who manages them',
      query: Page,
      answers: { 200: SecretLinksWire },
      handle: async ({ actor, query: { before, limit } }) => {
        const asked = { limit: limit + 1, ...(before === undefined ? {} : { before }) };
        const found = await listLinks(db, actor, asked);
        const shown = found.slice(0, limit);
        const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null;
        const items = shown.map((link) => linkToWire(link, clock()));
        return { status: 200, body: { items, next } };
      },
    }),
    route({
      ...own,
      method: 'GET',
      path: '/v1/secret-link-rules',
      summary: 'What a secret link may be here: how long, how large, how often',
      answers: { 200: LinkRulesWire },
      handle: async () => {
        const { hours, hoursMax, fileBytesMax } = rules;
        const { partBytes, revealsMax, passphraseMin, textMax } = linkLimits;
        const limits = { partBytes, revealsMax, passphraseMin, textMax };
        return { status: 200, body: { hours, hoursMax, fileBytesMax, ...limits } };
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/v1/secret-links',
      summary: 'Keeps what a browser has encrypted, or asks for a secret',
      body: NewSecretLinkWire,
      answers: { 201: SecretLinkWire },
      handle: async ({ actor, body }) => {
        refuseImpersonated(actor);
        const made = await ports.make(actor, newLinkOf(ports, body));
        return { status: 201, body: linkToWire(made, clock()) };
      },
    }),
    ...oneRoutes(ports),
  ];
}

function oneRoutes(ports: LinkPorts): Route[] {
  const { db, clock } = ports;
  return [
    route({
      ...own,
      method: 'GET',
      path: '/v1/secret-links/:id',
      summary: 'One secret link and what became of it',
      params: Id,
      answers: { 200: SecretLinkWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: linkToWire(await getLink(db, actor, params.id), clock()),
      }),
    }),
    route({
      ...own,
      method: 'POST',
      path: '/v1/secret-links/:id/parts/:part',
      summary: 'Brings a piece of a file that a browser has encrypted',
      params: Id.extend({ part: z.coerce.number().pipe(z.int32().min(1)) }),
      body: z.object({ content: PartWire(partTextMax) }),
      answers: { 204: 'empty' },
      handle: async ({ actor, params: { id, part }, body }) => {
        await addPart(ports, actor, id, { part, content: new Secret(body.content) });
        return { status: 204 };
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/v1/secret-links/:id/burn',
      summary: 'Destroys the secret before anybody reads it',
      params: Id,
      answers: { 200: SecretLinkWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: linkToWire(await burn(ports, actor, params.id), clock()),
      }),
    }),
    route({
      ...own,
      method: 'PATCH',
      path: '/v1/secret-links/:id',
      summary: 'Lets a secret link run out later or earlier',
      params: Id,
      body: z.object({ hours: z.int32().min(1) }),
      answers: { 200: SecretLinkWire },
      handle: async ({ actor, params, body }) => ({
        status: 200,
        body: linkToWire(await changeHours(ports, actor, params.id, body.hours), clock()),
      }),
    }),
  ];
}

function newLinkOf({ rules }: LinkPorts, body: z.output<typeof NewSecretLinkWire>): NewLink {
  const { token, label, hours, ticketId, userId } = body;
  const common = { token, label, hours, ticketId, userId, tellSender: body.tellMe };
  const proof = new Secret(body.proof);
  if (body.kind === 'request') {
    if (body.giveProof === body.proof) {
      refuse('secret-link.misfit', { reason: 'its two links have one key' });
    }
    return {
      ...common,
      kind: 'request',
      proof,
      giveProof: new Secret(body.giveProof),
      passphraseProof: undefined,
      content: undefined,
      parts: 0,
      partBytes: 0,
      reveals: 1,
    };
  }
  const { passphraseProof } = body;
  return {
    ...common,
    kind: 'secret',
    proof,
    giveProof: undefined,
    passphraseProof: passphraseProof === undefined ? undefined : new Secret(passphraseProof),
    content: new Secret(body.content),
    ...fileOf(rules, body.fileBytes),
    reveals: body.reveals,
  };
}
