// The mail that tells a sender what became of a secret, sent to a real SMTP server on loopback.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openMailer } from '#connectors/mail/mail.ts';
import { MailSettings } from '#domain/connection.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { newId } from '#lib/ids.ts';
import { json } from '#store/db.ts';
import { Undeliverable } from '#store/outbox.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { aMailServer, type MailServer } from '#test/servers/mail-server.ts';
import { senderMailDeliverer } from './secret-links.ts';

describe('The mail to the sender of a secret link', () => {
  let database: TestDatabase;
  let server: MailServer;
  let agentId: number;
  before(async () => {
    database = await aDatabase();
    server = await aMailServer();
    const agents = agentsOfTheHub(database.db, () => new Date());
    const name = 'Ines Marlow';
    const email = 'ines.marlow@larkfield.test';
    agentId = (await agents.create({ name, email, administrator: false })).id;
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

  async function deliver(to: number): Promise<void> {
    const deliverer = senderMailDeliverer({
      db: database.db,
      agents: agentsOfTheHub(database.db, () => new Date()),
      connections: {
        openMailer: async () =>
          openMailer(settings(), null, { lab: true, confirmed: [], networks: [] }),
      },
      publicUrl: new URL('https://sundog.larkfield.test'),
    });
    const { signal } = new AbortController();
    const letter = { agentId: to, subject: 'Your secret was read: VPN', sentence: 'It was read.' };
    await deliverer(letter, { attempt: 1, key: `secret-link:${newId()}`, signal });
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
    await deliver(agentId);

    assert.equal(server.mails.length, 0);
  });

  it('says what became of it, and where the others stand', async () => {
    await connect();

    await deliver(agentId);

    const mail = server.lastTo('ines.marlow@larkfield.test');
    assert.equal(mail?.subject, '[Sundog] Your secret was read: VPN');
    assert.match(mail?.text ?? '', /It was read\./);
    assert.match(mail?.text ?? '', /https:\/\/sundog\.larkfield\.test\/secret-links/);
  });

  it('is given up for a sender who is no agent any more', async () => {
    await assert.rejects(deliver(agentId + 1), Undeliverable);
  });
});
