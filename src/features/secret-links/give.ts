// The other way round: an outside person answers a request, once, with what only its asker can decrypt.
import { nobody } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import { contentPlace } from './create.ts';
import { aboutLink, stateAt } from './model.ts';
import { findHeld, type Holder, type OpenPorts, refuseGiving } from './open.ts';
import { findByToken, type LockedLink } from './queries.ts';
import type { Room } from './room.ts';

export type GivePorts = OpenPorts & { readonly room: Room };

export type Given = {
  readonly content: Secret;
  readonly parts: number;
  readonly partBytes: number;
};

/** The first answer counts. With a file its pieces follow, and it waits when the last is there. */
export async function give(ports: GivePorts, holder: Holder, given: Given): Promise<void> {
  const link = await findRequest(ports, holder);
  const bytes = given.content.reveal().length + given.partBytes;
  await ports.room.take(link.sender, bytes);
  const now = ports.clock();
  const taken = await inTransaction(ports.db, async (tx) => {
    const row = await tx
      .updateTable('secret_links')
      .set({
        state: given.parts > 0 ? 'filling' : 'waiting',
        sealed_content: ports.sealing.seal(contentPlace(link.token), given.content),
        parts: given.parts,
        bytes,
      })
      .where('id', '=', link.id)
      .where('state', '=', 'asked')
      .where('expires_at', '>', now)
      .returning('id')
      .executeTakeFirst();
    if (row === undefined) return false;
    const actor = { ...nobody, address: holder.address };
    const action = 'secret-link.answered';
    await audit(tx, [{ actor, action, ...aboutLink(link), outcome: 'done' }]);
    if (given.parts === 0) await tellAnswered(ports, tx, link);
    return true;
  });
  if (taken) return;
  const later = await findByToken(ports.db, link.token);
  if (later === undefined) refuse('secret-link.unknown');
  refuseGiving(later, stateAt(later, ports.clock()));
}

async function findRequest(ports: GivePorts, holder: Holder): Promise<LockedLink> {
  const { link, mode } = await findHeld(ports, holder);
  if (mode !== 'give') refuse('secret-link.unknown');
  const state = stateAt(link, ports.clock());
  if (state !== 'asked') refuseGiving(link, state);
  return link;
}

export async function tellAnswered(
  { tellSender }: Pick<OpenPorts, 'tellSender'>,
  tx: Parameters<OpenPorts['tellSender']>[0],
  link: Pick<LockedLink, 'id' | 'label' | 'senderAgentId' | 'tellSender'>,
): Promise<void> {
  if (!link.tellSender || link.senderAgentId === undefined) return;
  await tellSender(tx, {
    key: `secret-link:answered:${link.id}`,
    agentId: link.senderAgentId,
    subject: `Your request was answered: ${link.label}`,
    sentence: `Somebody answered your request "${link.label}". Open your own link to read it, once.`,
  });
}
