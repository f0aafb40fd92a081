// Sends mail over SMTP: through the connect guard, TLS verified, nothing but text and addresses inside.
import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { MailSettings, ProbeResult } from '#domain/connection.ts';
import { DeliveryRefusal, type Mail, type Mailer } from '#domain/ports/messenger.ts';
import { type Allowance, guardedConnect } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import type { Secret } from '#lib/secret.ts';
import { refusalOf, stageOf } from './refusals.ts';

export type MailLimits = {
  readonly connectMs: number;
  readonly greetingMs: number;
  readonly silenceMs: number;
  readonly recipientsMax: number;
  readonly textMax: number;
};

export const mailLimits: MailLimits = {
  connectMs: 10_000,
  greetingMs: 10_000,
  silenceMs: 30_000,
  recipientsMax: 50,
  textMax: 100_000,
};

export function openMailer(
  settings: MailSettings,
  secret: Secret | null,
  allowance: Allowance,
  limits: Partial<MailLimits> = {},
): Mailer {
  const bounds = { ...mailLimits, ...limits };
  const transport = transportFor(settings, secret, allowance, bounds);
  return {
    async send(mail) {
      checkMail(mail, bounds);
      try {
        const { rejected } = await transport.sendMail({
          from: settings.from,
          to: [...mail.to],
          subject: oneLine(mail.subject),
          text: mail.text,
          messageId: messageId(mail.id, settings.from),
          headers: { 'Auto-Submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        if (rejected.length > 0) throw notAll(rejected.map(String));
      } catch (error) {
        throw refusalOf(settings, error);
      }
    },
    async [Symbol.asyncDispose]() {
      transport.close();
    },
  };
}

/** Greets the server and signs in, and sends nothing. */
export async function probeMail(
  settings: MailSettings,
  secret: Secret | null,
  allowance: Allowance,
  limits: Partial<MailLimits> = {},
): Promise<ProbeResult> {
  const transport = transportFor(settings, secret, allowance, { ...mailLimits, ...limits });
  try {
    await transport.verify();
    const how = settings.user === null ? 'answers' : `lets ${settings.user} in`;
    return { ok: true, sentence: `${settings.host}:${settings.port} ${how}.` };
  } catch (error) {
    const { code, message, detail } = refusalOf(settings, error);
    const guard = detail instanceof ConnectRefusal ? detail : undefined;
    const stage = guard?.stage ?? stageOf(code);
    return { ok: false, stage, code: guard?.code ?? code, sentence: message };
  } finally {
    transport.close();
  }
}

function transportFor(
  settings: MailSettings,
  secret: Secret | null,
  allowance: Allowance,
  limits: MailLimits,
) {
  const { host, port, security, user, ca } = settings;
  const trust = ca === null ? {} : { ca };
  return createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    // A server that offers STARTTLS where plain was chosen is left alone: it may have no certificate.
    ignoreTLS: security === 'plain',
    tls: { ...trust, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    ...(user === null || secret === null ? {} : { auth: { user, pass: secret.reveal() } }),
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.greetingMs,
    socketTimeout: limits.silenceMs,
    getSocket(_options, callback) {
      guardedConnect({
        host,
        port,
        allowance,
        timeoutMs: limits.connectMs,
        ...(security === 'tls' ? { tls: trust } : {}),
      }).then(
        (connection) => callback(null, { connection, secured: security === 'tls' }),
        (error: Error) => callback(error, undefined),
      );
    },
  });
}

function checkMail({ to, text }: Mail, limits: MailLimits): void {
  const refuse = (why: string): never => {
    throw new DeliveryRefusal('message.refused', `The mail is not sent: ${why}.`, false);
  };
  if (to.length === 0 || to.length > limits.recipientsMax) {
    refuse(`it needs between 1 and ${limits.recipientsMax} recipients`);
  }
  // One bare address each: no lists, groups, display names or line breaks that nodemailer would read.
  const strange = to.find(
    (address) => !/^[^\s@,;:<>()"\\[\]]+@[^\s@,;:<>()"\\[\]]+$/.test(address),
  );
  if (strange !== undefined) refuse(`"${oneLine(strange)}" is no mail address`);
  if (text.length > limits.textMax) refuse(`its text is longer than ${limits.textMax} characters`);
}

/** A subject cannot start a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function messageId(id: string, from: string): string {
  const domain = /@([a-z0-9.-]+)>?\s*$/i.exec(from)?.[1] ?? 'sundog';
  return `<${createHash('sha256').update(id).digest('hex').slice(0, 40)}@${domain}>`;
}

function notAll(rejected: readonly string[]): DeliveryRefusal {
  return new DeliveryRefusal(
    'message.refused',
    `The mail server did not take the mail for ${rejected.join(', ')}; correct those recipients.`,
    false,
  );
}
