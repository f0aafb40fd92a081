// A real SMTP server on loopback, which keeps what it was sent.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export type ReceivedMail = {
  readonly to: readonly string[];
  readonly subject: string;
  /** The body, decoded and without soft line breaks. */
  readonly text: string;
};

export type MailServer = AsyncDisposable & {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** The newest to this address. */
  lastTo(address: string): ReceivedMail | undefined;
};

export async function aMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      void text(stream).then((raw) => {
        mails.push({ to, ...read(raw) });
        done();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const bound = server.server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    mails,
    lastTo: (address) => mails.findLast(({ to }) => to.includes(address)),
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

function read(raw: string): Pick<ReceivedMail, 'subject' | 'text'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const isQuoted = /^Content-Transfer-Encoding: quoted-printable$/im.test(head);
  const subject = /^Subject: (.*(?:\r\n .*)*)$/im.exec(head)?.[1] ?? '';
  return { subject: subject.replaceAll('\r\n ', ' '), text: isQuoted ? unquoted(body) : body };
}

function unquoted(body: string): string {
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
