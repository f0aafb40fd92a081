// What a mail server would not do, in a sentence that says how to mend it.
import type { MailSettings, ProbeStage } from '#domain/connection.ts';
import { DeliveryRefusal, type DeliveryRefusalCode } from '#domain/ports/messenger.ts';
import { ConnectRefusal, isTrustCode, tlsRefusal } from '#lib/connect-refusal.ts';

/** nodemailer's codes (dist/esm/errors.js) and SMTP's reply codes (RFC 5321 §4.2.1) as refusals. */
export function refusalOf(settings: MailSettings, error: unknown): DeliveryRefusal {
  if (error instanceof DeliveryRefusal) return error;
  const guard = guardRefusal(error);
  if (guard !== undefined) return fromGuard(guard);
  const { code, tlsCode, reply, said } = partsOf(error);
  const where = `${settings.host}:${settings.port}`;
  if (tlsCode !== undefined) {
    const cause = Object.assign(new Error(tlsCode), { code: tlsCode });
    return fromGuard(tlsRefusal(settings, cause));
  }
  const words = said === '' ? '' : ` (${said})`;
  const refuse = (as: DeliveryRefusalCode, sentence: string, retryable: boolean) =>
    new DeliveryRefusal(as, sentence, retryable, error);
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return refuse(
        'credentials.refused',
        `${where} refuses to sign in "${settings.user ?? 'nobody'}"${words}; enter user and password of the connection anew.`,
        false,
      );
    case 'ETLS':
      return refuseTls(settings, error);
    case 'ETIMEDOUT':
    case 'ECONNECTION':
    case 'ESOCKET':
    case 'EDNS':
      return refuse(
        'receiver.unreachable',
        `${where} broke off or took too long${words}; check that it is a mail server, and that the port fits the encryption chosen.`,
        true,
      );
    default:
      return reply !== undefined && reply >= 500
        ? refuse(
            'message.refused',
            `${where} does not take the mail${words}; check sender and recipients.`,
            false,
          )
        : refuse(
            'receiver.failed',
            `${where} cannot take the mail now${words}; it is tried again.`,
            true,
          );
  }
}

export function stageOf(code: DeliveryRefusalCode): ProbeStage {
  switch (code) {
    case 'address.refused':
      return 'address';
    case 'receiver.unreachable':
      return 'connect';
    case 'tls.refused':
      return 'tls';
    case 'credentials.refused':
      return 'credentials';
    default:
      return 'answer';
  }
}

export function fromGuard(guard: ConnectRefusal): DeliveryRefusal {
  const code =
    guard.stage === 'address'
      ? 'address.refused'
      : guard.stage === 'tls'
        ? 'tls.refused'
        : 'receiver.unreachable';
  const passing = guard.stage === 'connect' || guard.stage === 'name';
  return new DeliveryRefusal(code, guard.message, passing, guard);
}

function refuseTls({ host, port }: MailSettings, error: unknown): DeliveryRefusal {
  return new DeliveryRefusal(
    'tls.refused',
    `${host}:${port} does not begin encryption; choose TLS with its port (465), or install a certificate there.`,
    false,
    error,
  );
}

/** nodemailer hands on what getSocket threw, as it is or as a cause. */
function guardRefusal(error: unknown): ConnectRefusal | undefined {
  if (error instanceof ConnectRefusal) return error;
  return error instanceof Error && error.cause instanceof ConnectRefusal ? error.cause : undefined;
}

function partsOf(error: unknown) {
  const code = memberOf(error, 'code');
  // A handshake that fails after STARTTLS is an ESOCKET with what Node called it beside.
  const original = memberOf(error, 'originalCode');
  const reply = memberOf(error, 'responseCode');
  const response = memberOf(error, 'response');
  return {
    code: typeof code === 'string' ? code : undefined,
    tlsCode: typeof original === 'string' && isTrustCode(original) ? original : undefined,
    reply: typeof reply === 'number' ? reply : undefined,
    said: (typeof response === 'string' ? response : '').replace(/\s+/g, ' ').slice(0, 200),
  };
}

function memberOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
