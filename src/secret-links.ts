// Secret links, composed: the trail they wait for, and the mail their senders are told by.
import { z } from 'zod';
import type { Agents } from '#domain/ports/agents.ts';
import { listConnectionFacts } from '#features/connections/queries.ts';
import type { SecretLinkPorts } from '#features/secret-links/ports.ts';
import { chained } from '#store/audit-chain.ts';
import type { Db } from '#store/db.ts';
import { type Deliverer, post, Undeliverable } from '#store/outbox.ts';
import type { Connections } from './connections.ts';
import type { Hub } from './hub.ts';

export const senderMailKind = 'secret-link-told';

const Letter = z.object({ agentId: z.int(), subject: z.string(), sentence: z.string() });

export function secretLinkPorts(
  { db, clock, log, sealing, config }: Hub,
  publicUrl: URL,
): SecretLinkPorts {
  return {
    db,
    clock,
    log,
    sealing,
    publicUrl,
    rules: config.secretLinks,
    chained: (ids) => chained(db, ids),
    tellSender: (tx, { key, ...letter }) =>
      post(tx, { kind: senderMailKind, key, payload: letter }),
  };
}

type MailPorts = {
  readonly db: Db;
  readonly agents: Agents;
  readonly connections: Pick<Connections, 'openMailer'>;
  readonly publicUrl: URL;
};

/** For the outbox: by the hub's own mail connection, to the address the desk has of the sender. */
export function senderMailDeliverer(ports: MailPorts): Deliverer {
  return async (payload, { key, signal }) => {
    const { agentId, subject, sentence } = Letter.parse(payload);
    const agent = await ports.agents.find(agentId);
    if (agent?.enabled !== true) throw new Undeliverable(`Agent ${agentId} is gone.`);
    const known = await listConnectionFacts(ports.db);
    const mails = known.filter(({ kind, clientId }) => kind === 'mail' && clientId === null);
    const mail = mails.find(({ health }) => health.healthy) ?? mails[0];
    // Nothing is left undone: what became of a link stands in its sender's own list.
    if (mail === undefined) return;
    await using mailer = await ports.connections.openMailer(mail.id);
    const list = `${ports.publicUrl.href.replace(/\/+$/, '')}/secret-links`;
    const text = `${sentence}\n\n${list}\n\n--\nSundog at ${ports.publicUrl.href}`;
    await mailer.send({ id: key, to: [agent.email], subject: `[Sundog] ${subject}`, text }, signal);
  };
}
