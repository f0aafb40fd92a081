// The specification of mail, sent to a real SMTP server on loopback.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { MailSettings } from '#domain/connection.ts';
import { DeliveryRefusal, type DeliveryRefusalCode, type Mail } from '#domain/ports/messenger.ts';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { openMailer, probeMail } from './mail.ts';

const lab = { lab: true, confirmed: [], networks: [] };
const password = new Secret('mail-password-of-larkfield');
const authority = await aCertificateAuthority();
const certificate = await authority.issue(['127.0.0.1']);
const notice: Mail = {
  id: 'connection.broke:1',
  to: ['it@larkfield.test'],
  subject: 'Connection broken: AD Larkfield',
  text: 'The directory does not answer.\n\nhttps://sundog.larkfield.test/connections/1',
};

describe('Mail', () => {
  for (const security of ['starttls', 'tls'] as const) {
    it(`arrives over ${security}, signed in, with subject, text and link`, async () => {
      await using server = await aMailServer({ secure: security === 'tls' });

      await send(server, { security });

      const [mail] = server.mails;
      assert.deepEqual(mail?.to, ['it@larkfield.test']);
      assert.equal(mail?.from, 'sundog@larkfield.test');
      assert.equal(mail?.encrypted, true);
      assert.equal(mail?.user, 'sundog');
      assert.match(mail?.text ?? '', /^Subject: Connection broken: AD Larkfield$/m);
      assert.match(mail?.text ?? '', /^Auto-Submitted: auto-generated$/m);
      assert.match(mail?.text ?? '', /https:\/\/sundog\.larkfield\.test\/connections\/1/);
    });
  }

  it('bears the same Message-ID when it is sent again', async () => {
    await using server = await aMailServer({});

    await send(server, {});
    await send(server, {});

    const ids = server.mails.map((mail) => /^Message-ID: (.*)$/im.exec(mail.text)?.[1]);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
    assert.match(ids[0] ?? '', /@larkfield\.test>$/);
  });

  it('grows no header from its subject or its text', async () => {
    await using server = await aMailServer({});

    await send(
      server,
      {},
      {
        subject: 'Broken\r\nBcc: thief@elsewhere.example\u2028X-Evil: 1',
        text: 'a\r\n.\r\nMAIL FROM:<thief@elsewhere.example>\r\nb',
      },
    );

    const [mail] = server.mails;
    const [head = ''] = (mail?.text ?? '').split('\r\n\r\n');
    assert.equal(server.mails.length, 1);
    assert.deepEqual(mail?.to, ['it@larkfield.test']);
    assert.doesNotMatch(head, /^(Bcc|X-Evil):/im);
  });

  for (const to of [
    'it@larkfield.test\r\nBcc: thief@elsewhere.example',
    'it@larkfield.test, thief@elsewhere.example',
    'Somebody <it@larkfield.test>',
    'friends: it@larkfield.test;',
    'it',
    '',
  ]) {
    it(`is not sent to ${JSON.stringify(to)}`, async () => {
      await using server = await aMailServer({});

      const refusal = await refusalOf(send(server, {}, { to: [to] }));

      assert.equal(refusal.code, 'message.refused');
      assert.deepEqual(server.mails, []);
    });
  }

  it('is not sent to nobody, nor to a crowd', async () => {
    await using server = await aMailServer({});

    for (const to of [[], Array.from({ length: 51 }, (_, at) => `person${at}@larkfield.test`)]) {
      assert.equal((await refusalOf(send(server, {}, { to }))).code, 'message.refused');
    }
  });

  const refusals: readonly (readonly [
    string,
    MailServerOptions,
    Partial<MailSettings>,
    DeliveryRefusalCode,
    RegExp,
  ])[] = [
    ['a wrong password', { password: 'other' }, {}, 'credentials.refused', /sign in "sundog"/],
    [
      'a certificate nobody vouches for',
      {},
      { ca: null },
      'tls.refused',
      /not signed by an authority/,
    ],
    [
      'a certificate nobody vouches for, over TLS',
      { secure: true },
      { security: 'tls', ca: null },
      'tls.refused',
      /not signed by an authority/,
    ],
    ['a server without STARTTLS', { plain: true }, {}, 'tls.refused', /does not begin encryption/],
    ['a recipient it does not know', { unknown: true }, {}, 'message.refused', /550 Nobody/],
    ['a server that is full', { full: true }, {}, 'receiver.failed', /452 Full/],
    ['TLS spoken to a plain port', {}, { security: 'tls' }, 'tls.refused', /TLS with/],
  ];
  for (const [title, options, settings, code, sentence] of refusals) {
    it(`is refused for ${title}, in a sentence without the password`, async () => {
      await using server = await aMailServer(options);

      const refusal = await refusalOf(send(server, settings));

      assert.equal(refusal.code, code, refusal.message);
      assert.match(refusal.message, sentence);
      assert.ok(!refusal.message.includes(password.reveal()));
      assert.deepEqual(server.mails, []);
    });
  }

  it('says who of several did not get it', async () => {
    await using server = await aMailServer({ unknown: 'gone@larkfield.test' });

    const refusal = await refusalOf(
      send(server, {}, { to: ['it@larkfield.test', 'gone@larkfield.test'] }),
    );

    assert.match(refusal.message, /for gone@larkfield\.test/);
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const bound = silent.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    await using mailer = openMailer(settingsFor(port, {}), password, lab, { greetingMs: 50 });

    const refusal = await refusalOf(mailer.send(notice));
    silent.close();

    assert.equal(refusal.code, 'receiver.unreachable');
    assert.equal(refusal.retryable, true);
  });

  it('goes to no private or local address that was not confirmed', async () => {
    await using server = await aMailServer({});
    const outside = { lab: false, confirmed: [], networks: [] };
    await using mailer = openMailer(settingsFor(server.port, {}), password, outside);

    const refusal = await refusalOf(mailer.send(notice));

    assert.equal(refusal.code, 'address.refused');
    assert.match(refusal.message, /only lab connections/);
  });
});

describe('Testing a mail connection', () => {
  const table: readonly (readonly [string, MailServerOptions, Partial<MailSettings>, string])[] = [
    ['credentials', { password: 'other' }, {}, 'credentials'],
    ['TLS', {}, { ca: null }, 'tls'],
    ['TLS from the first byte', { secure: true }, { security: 'tls', ca: null }, 'tls'],
  ];
  for (const [title, options, settings, stage] of table) {
    it(`names the stage that fails: ${title}`, async () => {
      await using server = await aMailServer(options);

      const result = await probeMail(settingsFor(server.port, settings), password, lab);

      assert.equal(result.ok === false && result.stage, stage, JSON.stringify(result));
    });
  }

  it('names an address that does not answer', async () => {
    const server = await aMailServer({});
    await server[Symbol.asyncDispose]();

    const result = await probeMail(settingsFor(server.port, {}), password, lab);

    assert.equal(result.ok === false && result.stage, 'connect');
  });

  it('sends nothing when all is well', async () => {
    await using server = await aMailServer({});

    const result = await probeMail(settingsFor(server.port, {}), password, lab);

    assert.deepEqual(result, { ok: true, sentence: `127.0.0.1:${server.port} lets sundog in.` });
    assert.deepEqual(server.mails, []);
  });
});

type MailServerOptions = {
  readonly secure?: boolean;
  readonly plain?: boolean;
  readonly password?: string;
  readonly unknown?: boolean | string;
  readonly full?: boolean;
};

type Received = {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string;
  readonly encrypted: boolean;
  readonly text: string;
};

async function aMailServer(options: MailServerOptions) {
  const mails: Received[] = [];
  const table: SMTPServerOptions = {
    ...certificate,
    secure: options.secure === true,
    disabledCommands: options.plain === true ? ['STARTTLS'] : [],
    allowInsecureAuth: true,
    onAuth: ({ username, password: given }, _session, done) =>
      given === (options.password ?? password.reveal())
        ? done(null, { user: username })
        : done(new Error('Wrong')),
    onRcptTo: ({ address }, _session, done) => {
      const known = options.unknown !== true && options.unknown !== address;
      if (options.full === true)
        return done(Object.assign(new Error('Full'), { responseCode: 452 }));
      done(known ? null : Object.assign(new Error('Nobody'), { responseCode: 550 }));
    },
    onData: (stream, session, done) => {
      const { mailFrom, rcptTo } = session.envelope;
      void text(stream).then((received) => {
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: String(session.user ?? ''),
          encrypted: session.secure,
          text: received,
        });
        done();
      });
    },
  };
  const server = new SMTPServer(table);
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const bound = server.server.address();
  return {
    mails,
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

function settingsFor(port: number, settings: Partial<MailSettings>): MailSettings {
  return MailSettings.parse({
    host: '127.0.0.1',
    port,
    user: 'sundog',
    from: 'Sundog <sundog@larkfield.test>',
    ca: authority.ca,
    ...settings,
  });
}

async function send(
  server: { readonly port: number },
  settings: Partial<MailSettings>,
  mail: Partial<Mail> = {},
): Promise<void> {
  await using mailer = openMailer(settingsFor(server.port, settings), password, lab);
  await mailer.send({ ...notice, ...mail });
}

async function refusalOf(work: Promise<unknown>): Promise<DeliveryRefusal> {
  const outcome = await work.then(
    () => assert.fail('nothing was refused'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof DeliveryRefusal, String(outcome));
  return outcome;
}
