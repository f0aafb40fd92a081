// The pieces of a file: brought one by one by who sends it, fetched one by one by who took it.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { destroyParts } from './burn.ts';
import { type GivePorts, tellAnswered } from './give.ts';
import { type LinkRules, linkLimits, stateAt } from './model.ts';
import { findHeld, type Holder, refuseReading } from './open.ts';
import { findByToken, getLink, type LockedLink } from './queries.ts';

/** IV, tag and version around what was encrypted. */
const wrapping = 64;
export const partTextMax = Math.ceil(((linkLimits.partBytes + wrapping) * 4) / 3) + 4;

/** How many pieces a file of so many bytes comes in, and what they take when encrypted and spelt. */
export function fileOf(
  rules: LinkRules,
  fileBytes: number,
): { readonly parts: number; readonly partBytes: number } {
  if (fileBytes > rules.fileBytesMax) {
    const most = Math.floor(rules.fileBytesMax / (1024 * 1024));
    refuse('secret-link.misfit', { reason: `a file has at most ${most} MB here` });
  }
  const parts = Math.ceil(fileBytes / linkLimits.partBytes);
  return { parts, partBytes: Math.ceil(((fileBytes + parts * wrapping) * 4) / 3) };
}

type Piece = { readonly part: number; readonly content: Secret };

/** By its sender, while the link is being filled. */
export async function addPart(
  ports: GivePorts,
  actor: Actor,
  id: number,
  piece: Piece,
): Promise<void> {
  await keepPart(ports, await getLink(ports.db, actor, id), piece);
}

/** By the outside person who answers a request. */
export async function addGivenPart(ports: GivePorts, holder: Holder, piece: Piece): Promise<void> {
  const { link, mode } = await findHeld(ports, holder);
  if (mode !== 'give') refuse('secret-link.unknown');
  await keepPart(ports, link, piece);
}

/** Each piece is kept once; sent again it is taken for the same, so that a sender may try again. */
async function keepPart(
  ports: GivePorts,
  link: LockedLink,
  { part, content }: Piece,
): Promise<void> {
  if (link.state !== 'filling' || part > link.parts) {
    refuse('secret-link.misfit', { reason: 'it does not wait for this piece of a file' });
  }
  const id = newId();
  const place = { table: 'secret_link_parts', row: id, column: 'sealed_content' };
  await inTransaction(ports.db, async (tx) => {
    // The link's lock: of two last pieces at once, one sees the other.
    await tx
      .selectFrom('secret_links')
      .select('id')
      .where('id', '=', link.id)
      .where('state', '=', 'filling')
      .forUpdate()
      .executeTakeFirst();
    await tx
      .insertInto('secret_link_parts')
      .values({ id, link_id: link.id, part, sealed_content: ports.sealing.seal(place, content) })
      .onConflict((conflict) => conflict.columns(['link_id', 'part']).doNothing())
      .execute();
    if ((await countParts(tx, link.id)) < link.parts) return;
    const ready = await tx
      .updateTable('secret_links')
      .set({ state: 'waiting' })
      .where('id', '=', link.id)
      .where('state', '=', 'filling')
      .returning('id')
      .executeTakeFirst();
    if (ready !== undefined && link.kind === 'request') await tellAnswered(ports, tx, link);
  });
}

async function countParts(tx: Tx, id: number): Promise<number> {
  const { count } = await tx
    .selectFrom('secret_link_parts')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('link_id', '=', id)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** By who took the file, with the pass they got: again, should a piece have been lost on the way. */
export async function fetchPart(
  { db, clock, sealing }: GivePorts,
  given: { readonly token: string; readonly pass: Secret; readonly part: number },
): Promise<Secret> {
  const row = await db
    .selectFrom('secret_links as link')
    .innerJoin('secret_link_reveals as reveal', 'reveal.link_id', 'link.id')
    .innerJoin('secret_link_parts as piece', 'piece.link_id', 'link.id')
    .select(['piece.id', 'piece.sealed_content'])
    .where('link.token', '=', given.token)
    .where('reveal.pass_hash', '=', fastHash(given.pass.reveal()))
    .where('reveal.pass_until', '>', clock())
    .where('piece.part', '=', given.part)
    .executeTakeFirst();
  if (row !== undefined) {
    const place = { table: 'secret_link_parts', row: row.id, column: 'sealed_content' };
    return sealing.unseal(place, row.sealed_content);
  }
  const link = await findByToken(db, given.token);
  if (link === undefined || !(await isPass(db, given))) return refuse('secret-link.unknown');
  return refuseReading(link, stateAt(link, clock()));
}

/** The whole file has arrived: the pass ends, and with the last one the pieces. */
export async function endPass(
  { db }: GivePorts,
  given: { readonly token: string; readonly pass: Secret },
): Promise<void> {
  if (!(await isPass(db, given))) refuse('secret-link.unknown');
  await inTransaction(db, async (tx) => {
    const row = await tx
      .updateTable('secret_link_reveals')
      .set({ pass_until: null })
      .where('pass_hash', '=', fastHash(given.pass.reveal()))
      .returning('link_id')
      .executeTakeFirst();
    if (row === undefined) return;
    const { reveals_left: left } = await tx
      .selectFrom('secret_links')
      .select('reveals_left')
      .where('id', '=', row.link_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const others = await tx
      .selectFrom('secret_link_reveals')
      .select('id')
      .where('link_id', '=', row.link_id)
      .where('pass_until', 'is not', null)
      .executeTakeFirst();
    if (left > 0 || others !== undefined) return;
    await destroyParts(tx, [row.link_id]);
    const links = tx.updateTable('secret_links').set({ bytes: 0 });
    await links.where('id', '=', row.link_id).execute();
  });
}

async function isPass(
  db: GivePorts['db'],
  { token, pass }: { readonly token: string; readonly pass: Secret },
): Promise<boolean> {
  const row = await db
    .selectFrom('secret_link_reveals as reveal')
    .innerJoin('secret_links as link', 'link.id', 'reveal.link_id')
    .select('reveal.id')
    .where('link.token', '=', token)
    .where('reveal.pass_hash', '=', fastHash(pass.reveal()))
    .executeTakeFirst();
  return row !== undefined;
}
