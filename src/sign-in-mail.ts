// Tells people by mail what happened to their sign-in: a factor added, a code used, a wrong one tried.
import { z } from 'zod';
import { listConnectionFacts } from '#features/connections/queries.ts';
import type { Told } from '#features/sign-in/forms.ts';
import { newId } from '#lib/ids.ts';
import type { Db, Tx } from '#store/db.ts';
import { type Deliverer, post } from '#store/outbox.ts';
import type { Connections } from './connections.ts';

export const signInMailKind = 'sign-in-told';

const Letter = z.object({
  email: z.string(),
  name: z.string(),
  subject: z.string(),
  sentence: z.string(),
});

/** Goes out when the caller's transaction commits. */
export function tellOwner(tx: Tx, { person, subject, sentence }: Told): Promise<void> {
  const { email, name } = person;
  const payload: z.infer<typeof Letter> = { email, name, subject, sentence };
  return post(tx, { kind: signInMailKind, key: `sign-in ${newId()}`, payload });
}

type MailPorts = {
  readonly db: Db;
  readonly connections: Pick<Connections, 'openMailer'>;
  readonly publicUrl: URL;
};

/** For the outbox. Without an address or a mail connection it stands in the audit trail alone. */
export function signInMailDeliverer(ports: MailPorts): Deliverer {
  return async (payload, { key, signal }) => {
    const { email, name, subject, sentence } = Letter.parse(payload);
    if (!z.email().safeParse(email).success) return;
    const known = await listConnectionFacts(ports.db);
    const mails = known.filter(({ kind, clientId }) => kind === 'mail' && clientId === null);
    const mail = mails.find(({ health }) => health.healthy) ?? mails[0];
    if (mail === undefined) return;
    await using mailer = await ports.connections.openMailer(mail.id);
    const page = `${ports.publicUrl.href.replace(/\/+$/, '')}/account`;
    const advice = `If it was not you, choose another password, sign out everywhere else, and tell your service desk: ${page}`;
    const text = [`${name}, ${sentence}`, advice, `--\nSundog at ${ports.publicUrl.href}`];
    const sent = { id: key, to: [email], subject: `[Sundog] ${subject}`, text: text.join('\n\n') };
    await mailer.send(sent, signal);
  };
}
