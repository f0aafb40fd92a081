// /api/SecureSecretLink in Halo's dialect: here the hub sees the secret once, and forgets the key at once.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { enveloped, listAnswer, pageOf, paging, unpagedMax } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams, reading } from '#http/halo/query.ts';
import { type Route, type RouteOf, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { burn, changeHours } from './burn.ts';
import { linkToHalo, SecureSecretLink } from './halo-wire.ts';
import { encryptText } from './hub-crypto.ts';
import { linkLimits } from './model.ts';
import type { LinkPorts } from './ports.ts';
import { countLinks, findByToken, getLink, listLinks } from './queries.ts';

const own = { dialect: 'halo', access: ['secret-links:create'] } as const satisfies Partial<
  RouteOf<undefined, undefined, undefined>
>;

const Listed = z.looseObject({ ...paging, ticket_id: reading.int, user_id: reading.int });
const Validated = z.looseObject({
  token: z.string().max(400).default(''),
  // Taken, and looked at by nobody: a passphrase has no place in an address.
  passphrase: z.string().max(4_000).optional(),
});

export function haloRoutes(ports: LinkPorts): Route[] {
  const { db } = ports;
  return [
    route({
      ...own,
      method: 'GET',
      path: '/api/SecureSecretLink',
      summary: 'List SecureSecretLink',
      query: Listed,
      answers: { 200: listAnswer(SecureSecretLink) },
      handle: async ({ actor, query }) => {
        const page = pageOf(query);
        const about = {
          ...(query.ticket_id === undefined ? {} : { ticketId: query.ticket_id }),
          ...(query.user_id === undefined ? {} : { userId: query.user_id }),
        };
        const found = await listLinks(db, actor, { ...about, ...page });
        if (found.length > unpagedMax) {
          refuse('list.too-long', { kind: 'SecureSecretLink', max: unpagedMax });
        }
        const rows = found.map((link) => linkToHalo(link, null));
        const counted = query.pageinate === true ? await countLinks(db, actor, about) : rows.length;
        const { pageNo, pageSize = rows.length } = page;
        const list = { rows, recordCount: counted, pageNo, pageSize };
        return { status: 200, body: enveloped(list, query) };
      },
    }),
    route({
      ...own,
      method: 'GET',
      path: '/api/SecureSecretLink/validate',
      summary: 'What became of a link, by the token in its address; its passphrase is not asked',
      access: 'signed-in',
      query: Validated,
      answers: { 200: SecureSecretLink },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: await validate(ports, actor, query.token),
      }),
    }),
    route({
      ...own,
      method: 'GET',
      path: '/api/SecureSecretLink/:id',
      summary: 'One SecureSecretLink, without its secret',
      params: IdParams,
      answers: { 200: SecureSecretLink },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: linkToHalo(await getLink(db, actor, params.id), null),
      }),
    }),
    ...writingRoutes(ports),
  ];
}

function writingRoutes(ports: LinkPorts): Route[] {
  return [
    route({
      ...own,
      method: 'POST',
      path: '/api/SecureSecretLink',
      summary: 'Makes secret links, or changes when they run out',
      body: oneOrMany(SecureSecretLink),
      answers: savedAnswer(SecureSecretLink),
      handle: async ({ actor, body }) => {
        const answers = [];
        for (const one of body) answers.push(await saveOne(ports, actor, one));
        return saved(answers);
      },
    }),
    route({
      ...own,
      method: 'DELETE',
      path: '/api/SecureSecretLink/:id',
      summary: 'Burns a secret link: its secret is destroyed, what became of it stays',
      params: IdParams,
      answers: { 200: SecureSecretLink },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: linkToHalo(await burn(ports, actor, params.id), null),
      }),
    }),
  ];
}

type Posted = z.output<typeof SecureSecretLink>;

async function saveOne(ports: LinkPorts, actor: Actor, posted: Posted) {
  const { id = 0 } = posted;
  if (id === 0) return create(ports, actor, posted);
  const link = await getLink(ports.db, actor, id);
  if (posted._isvalidate === true) return linkToHalo(link, null, true);
  if (posted.new_secure_secret_value || posted.new_secure_passphrase) {
    refuse('secret-link.misfit', { reason: 'what was sent cannot be changed; make a new one' });
  }
  const hours = posted.password_link_expiration ?? link.hours;
  if (hours < 1) misfit('password_link_expiration is less than an hour');
  return linkToHalo(await changeHours(ports, actor, id, hours), null);
}

async function create(ports: LinkPorts, actor: Actor, posted: Posted) {
  refuseImpersonated(actor);
  const text = posted.new_secure_secret_value ?? '';
  if (text === '') misfit('new_secure_secret_value is empty');
  const typed = posted.new_secure_passphrase ?? '';
  if (typed !== '' && [...typed].length < linkLimits.passphraseMin) {
    misfit(`new_secure_passphrase has fewer than ${linkLimits.passphraseMin} characters`);
  }
  // 0 is what programs send that mean nothing by it.
  const hours = posted.password_link_expiration || undefined;
  if (hours !== undefined && hours < 0) misfit('password_link_expiration is less than an hour');
  const passphrase = typed === '' ? undefined : new Secret(typed);
  const encrypted = await encryptText(new Secret(text), passphrase);
  const { token, proof, passphraseProof, content } = encrypted;
  const { ticket_id: ticketId = null, user_id: userId = null } = posted;
  const made = await ports.make(actor, {
    token,
    kind: 'secret',
    label: ticketId === null ? 'A secret' : `A secret for ticket ${ticketId}`,
    proof,
    giveProof: undefined,
    passphraseProof,
    content,
    parts: 0,
    partBytes: 0,
    hours,
    reveals: 1,
    ticketId,
    userId,
    tellSender: false,
  });
  const link = `${addressOf(ports, token)}#${encrypted.key.reveal()}`;
  return linkToHalo(made, link);
}

function addressOf({ publicUrl }: LinkPorts, token: string): string {
  return `${publicUrl.href.replace(/\/+$/, '')}/s/${token}`;
}

/** The state, and nothing that would tell whose it is. The whole link is taken for its token too. */
async function validate({ db }: LinkPorts, actor: Actor, given: string) {
  const token = /(?:^|\/s\/)([\w-]{22})(?:#.*)?$/.exec(given)?.[1] ?? '';
  const link = await findByToken(db, token);
  const isForeign = actor.clientId !== undefined && link?.clientId !== actor.clientId;
  if (link === undefined || isForeign) return refuse('secret-link.unknown');
  return { ...linkToHalo(link, null, true), ticket_id: null, user_id: null };
}

function misfit(reason: string): never {
  return refuse('secret-link.misfit', { reason });
}
