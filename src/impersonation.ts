// Acting as somebody else, composed: people, tokens and sessions, and the mail that tells whom it concerns.
import { z } from 'zod';
import type { People } from '#domain/ports/people.ts';
import { readToken, signToken } from '#features/applications/signing-keys.ts';
import { listConnectionFacts } from '#features/connections/queries.ts';
import type { ImpersonationPorts } from '#features/impersonation/ports.ts';
import { cookieName, ownCookieName } from '#features/sign-in/forms.ts';
import { findPerson } from '#features/sign-in/people.ts';
import { beginImpersonated } from '#features/sign-in/sessions.ts';
import { readCookie, writeCookie } from '#http/cookies.ts';
import type { Clock } from '#lib/clock.ts';
import { chained } from '#store/audit-chain.ts';
import type { Db } from '#store/db.ts';
import { type Deliverer, post } from '#store/outbox.ts';
import type { Sealing } from '#store/sealing.ts';
import type { Connections } from './connections.ts';

export const impersonationMailKind = 'impersonation-told';

const tokenType = 'impersonation+jwt';

type Parts = People & {
  readonly db: Db;
  readonly clock: Clock;
  readonly sealing: Sealing;
  /** Of the hub's own tokens. */
  readonly issuer: string;
  readonly secure: boolean;
};

export function impersonationPorts(parts: Parts): ImpersonationPorts {
  const { db, clock, issuer, secure } = parts;
  const audience = `${issuer}/impersonate`;
  const token = { issuer, audience, type: tokenType };
  return {
    db,
    clock,
    findPerson: (who) => findPerson(parts, who),
    sign: (claims, now) => signToken(parts, { ...token, ...claims }, now),
    read: async (text, now) => (await readToken(parts, text, token, now))?.jti,
    sessions: {
      tokenIn: (headers) => readCookie(headers, cookieName({ secure })),
      begin: beginImpersonated,
      headersFor: (session, ownToken) => ({
        'set-cookie': [
          writeCookie({ name: cookieName({ secure }), value: session.reveal(), secure }),
          writeCookie({ name: ownCookieName({ secure }), value: ownToken, secure }),
        ],
      }),
    },
    chained: (ids) => chained(db, ids),
    tell: (tx, { key, target, byName, reason, at }) => {
      const { email, name } = target;
      const payload: Letter = { email, name, byName, reason, at: at.toISOString() };
      return post(tx, { kind: impersonationMailKind, key, payload });
    },
  };
}

const Letter = z.object({
  email: z.string(),
  name: z.string(),
  byName: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
});
type Letter = z.infer<typeof Letter>;

type MailPorts = {
  readonly db: Db;
  readonly connections: Pick<Connections, 'openMailer'>;
  readonly publicUrl: URL;
};

/** For the outbox. Without an address or a mail connection it stands on the person's own page alone. */
export function impersonationMailDeliverer(ports: MailPorts): Deliverer {
  return async (payload, { key, signal }) => {
    const letter = Letter.parse(payload);
    if (!z.email().safeParse(letter.email).success) return;
    const known = await listConnectionFacts(ports.db);
    const mails = known.filter(({ kind, clientId }) => kind === 'mail' && clientId === null);
    const mail = mails.find(({ health }) => health.healthy) ?? mails[0];
    if (mail === undefined) return;
    await using mailer = await ports.connections.openMailer(mail.id);
    const subject = `[Sundog] ${letter.byName} acted as you`;
    const sent = { id: key, to: [letter.email], subject, text: textOf(letter, ports.publicUrl) };
    await mailer.send(sent, signal);
  };
}

function textOf({ name, byName, reason, at }: Letter, publicUrl: URL): string {
  const page = `${publicUrl.href.replace(/\/+$/, '')}/sessions`;
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    `${name}, ${byName} of your service desk began to act as you at ${when}, for half an hour at most. They saw what you see. What they did is recorded under both names.`,
    `The reason they gave: ${reason}`,
    `Who acted as you, and a way to end it: ${page}`,
    `--\nSundog at ${publicUrl.href}`,
  ].join('\n\n');
}
