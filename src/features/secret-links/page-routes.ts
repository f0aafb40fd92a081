// The page /s/{id} and what it asks of the hub. A GET is the same for every address and changes nothing.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Answer, Asked, RequestHeaders, Route, RouteOf } from '#http/route.ts';
import { route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { give } from './give.ts';
import { linkLimits } from './model.ts';
import { burnAsHolder, type Holder, look, reveal } from './open.ts';
import { secretLinkPage } from './page.ts';
import { addGivenPart, endPass, fetchPart, fileOf, partTextMax } from './parts.ts';
import type { LinkPorts } from './ports.ts';
import { ContentWire, LookWire, PartWire, ProofWire, RevealedWire, TokenWire } from './wire.ts';

const Params = z.object({ id: TokenWire });
const PartParams = Params.extend({ part: z.coerce.number().pipe(z.int32().min(1)) });
const Proof = z.object({ proof: ProofWire });
const Proofs = Proof.extend({ passphraseProof: ProofWire.optional() });
const Pass = z.object({ pass: ProofWire });

const own = { dialect: 'v1', access: 'anyone', method: 'POST' } as const satisfies Partial<
  RouteOf<undefined, undefined, undefined>
>;

export function pageRoutes(ports: LinkPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/s/:id',
      summary: 'The page of a secret link; looking at it changes nothing',
      dialect: 'page',
      access: 'anyone',
      params: Params,
      answers: { 200: 'page' },
      handle: async () => ({
        status: 200,
        page: secretLinkPage,
        // The address is no one else's business, and no preview keeps the page.
        headers: {
          'referrer-policy': 'no-referrer',
          'x-robots-tag': 'noindex, nofollow, noarchive',
        },
      }),
    }),
    route({
      ...own,
      path: '/s/:id/look',
      summary: 'What the holder of a secret link is asked for; changes nothing',
      params: Params,
      body: Proof,
      answers: { 200: LookWire },
      handle: async (asked) => {
        const found = await look(ports, holderOf(asked));
        if (found.mode === 'give') {
          const { fileBytesMax } = ports.rules;
          const limits = { fileBytesMax, partBytes: linkLimits.partBytes };
          return {
            status: 200,
            body: { ...found, expiresAt: found.expiresAt.toISOString(), ...limits },
          };
        }
        const open = found.passphrase ? undefined : found;
        const expiresAt = open?.expiresAt.toISOString() ?? null;
        const { mode, sender, passphrase } = found;
        return {
          status: 200,
          body: { mode, sender, passphrase, expiresAt, left: open?.left ?? null },
        };
      },
    }),
    route({
      ...own,
      path: '/s/:id/reveal',
      summary: 'Hands the secret over, still encrypted; counts as one reveal',
      params: Params,
      body: Proofs,
      answers: { 200: RevealedWire },
      handle: async (asked) => revealed(ports, asked),
    }),
    route({
      ...own,
      path: '/s/:id/burn',
      summary: 'Destroys a secret whose link and passphrase one holds',
      params: Params,
      body: Proofs,
      answers: { 204: 'empty' },
      handle: async (asked) => {
        await burnAsHolder(ports, holderOf(asked));
        return { status: 204 };
      },
    }),
    ...fileRoutes(ports),
    ...givingRoutes(ports),
  ];
}

async function revealed(ports: LinkPorts, asked: Held): Promise<Answer> {
  const claim = await reveal(ports, holderOf(asked));
  const { revealId, content, parts, pass, left } = claim;
  return {
    status: 200,
    body: { content: content.reveal(), parts, pass: pass?.reveal() ?? null, left },
    sent: (whole) => void ports.settle(revealId, whole ? 'viewed' : 'forfeited'),
  };
}

function fileRoutes(ports: LinkPorts): Route[] {
  return [
    route({
      ...own,
      path: '/s/:id/parts/:part',
      summary: 'A piece of a file, still encrypted, for whoever took it',
      params: PartParams,
      body: Pass,
      answers: { 200: z.object({ content: z.string() }) },
      handle: async ({ params: { id: token, part }, body, headers }) => {
        refuseElsewhere(headers);
        const content = await fetchPart(ports, { token, part, pass: new Secret(body.pass) });
        return { status: 200, body: { content: content.reveal() } };
      },
    }),
    route({
      ...own,
      path: '/s/:id/fetched',
      summary: 'The whole file has arrived: its pieces are destroyed with the last reveal',
      params: Params,
      body: Pass,
      answers: { 204: 'empty' },
      handle: async ({ params, body, headers }) => {
        refuseElsewhere(headers);
        await endPass(ports, { token: params.id, pass: new Secret(body.pass) });
        return { status: 204 };
      },
    }),
  ];
}

function givingRoutes(ports: LinkPorts): Route[] {
  return [
    route({
      ...own,
      path: '/s/:id/give',
      summary: 'Answers a request for a secret, once, with what only its asker can decrypt',
      params: Params,
      body: Proof.extend({ content: ContentWire, fileBytes: z.int().min(0).default(0) }),
      answers: { 204: 'empty' },
      handle: async (asked) => {
        const { content, fileBytes } = asked.body;
        const file = fileOf(ports.rules, fileBytes);
        await give(ports, holderOf(asked), { content: new Secret(content), ...file });
        return { status: 204 };
      },
    }),
    route({
      ...own,
      path: '/s/:id/give/:part',
      summary: 'Brings a piece of a file that answers a request',
      params: PartParams,
      body: Proof.extend({ content: PartWire(partTextMax) }),
      answers: { 204: 'empty' },
      handle: async (asked) => {
        const piece = { part: asked.params.part, content: new Secret(asked.body.content) };
        await addGivenPart(ports, holderOf(asked), piece);
        return { status: 204 };
      },
    }),
  ];
}

type Held = Pick<
  Asked<{ readonly id: string }, unknown, z.output<typeof Proofs>>,
  'params' | 'body' | 'headers' | 'ip'
>;

function holderOf({ params, body, headers, ip }: Held): Holder {
  refuseElsewhere(headers);
  const { proof, passphraseProof } = body;
  return {
    token: params.id,
    proof: new Secret(proof),
    passphraseProof: passphraseProof === undefined ? undefined : new Secret(passphraseProof),
    address: ip,
  };
}

/** A browser says where a request comes from; another site's page has no business here. */
function refuseElsewhere(headers: RequestHeaders): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    refuse('secret-link.elsewhere');
  }
}
