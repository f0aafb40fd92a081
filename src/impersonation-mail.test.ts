// The mail that tells somebody who acted as them, sent to a real SMTP server on loopback.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openMailer } from '#connectors/mail/mail.ts';
import { MailSettings } from '#domain/connection.ts';
import { newId } from '#lib/ids.ts';
import { json } from '#store/db.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { aMailServer, type MailServer } from '#test/servers/mail-server.ts';
import { impersonationMailDeliverer } from './impersonation.ts';

const letter = {
  email: 'bela.costa@larkfield.test',
  name: 'Bela Costa',
  byName: 'Rosa Lind',
  reason: 'Ticket 4711: cannot see the order',
  at: '2026-11-21T09:00:00.000Z',
};

describe('The mail about an impersonation', () => {
  let database: TestDatabase;
  let server: MailServer;
  before(async () => {
    database = await aDatabase();
    server = await aMailServer();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  function settings() {
    return MailSettings.parse({
      host: '127.0.0.1',
      port: server.port,
      user: null,
      security: 'plain',
      ca: null,
      from: 'Sundog <sundog@larkfield.test>',
    });
  }

  async function deliver(payload: object): Promise<void> {
    const deliverer = impersonationMailDeliverer({
      db: database.db,
      connections: {
        openMailer: async () =>
          openMailer(settings(), null, { lab: true, confirmed: [], networks: [] }),
      },
      publicUrl: new URL('https://sundog.larkfield.test'),
    });
    const { signal } = new AbortController();
    await deliverer(payload, { attempt: 1, key: `impersonation:${newId()}`, signal });
  }

  async function connect(): Promise<void> {
    const now = new Date();
    await database.db
      .insertInto('connections')
      .values({
        id: newId(),
        kind: 'mail',
        name: 'Mail',
        client_id: null,
        lab: true,
        settings: json(settings()),
        version: 1,
        health: 'healthy',
        created_at: now,
        updated_at: now,
      })
      .execute();
  }

  it('is not sent where there is no mail connection, and nothing is left undone', async () => {
    await deliver(letter);

    assert.equal(server.mails.length, 0);
  });

  it('says who, why and since when, and where to end it', async () => {
    await connect();

    await deliver(letter);

    const mail = server.lastTo(letter.email);
    assert.match(mail?.subject ?? '', /Rosa Lind acted as you/);
    assert.match(mail?.text ?? '', /began to act as you at 2026-11-21 09:00 UTC/);
    assert.match(mail?.text ?? '', /Ticket 4711: cannot see the order/);
    assert.match(mail?.text ?? '', /https:\/\/sundog\.larkfield\.test\/sessions/);
  });

  it('is not sent to somebody without an address', async () => {
    const before = server.mails.length;

    await deliver({ ...letter, email: '' });

    assert.equal(server.mails.length, before);
  });
});
