// The specification of notification channels: who is told of what, once, and how it is refused.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { ConnectionFacts, ConnectionKind } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import { DeliveryRefusal, type Mail, type Post } from '#domain/ports/messenger.ts';
import { silentLog } from '#lib/log.ts';
import { inTransaction } from '#store/db.ts';
import { outboxTask } from '#store/outbox.ts';
import { makeClients } from '#test/servers/clients.ts';
import { aDatabase } from '#test/servers/database.ts';
import { aFront, anActor } from '#test/servers/front.ts';
import { channelsOn } from './channel.ts';
import { noticeDeliverer, noticeKind, notify } from './deliver.ts';
import { ChannelWire, notificationRoutes } from './routes.ts';

const path = '/v1/notification-channels';
const ids = {
  mail: '0197c0de-0000-7000-8000-000000000001',
  webhook: '0197c0de-0000-7000-8000-000000000002',
  halo: '0197c0de-0000-7000-8000-000000000003',
  theirs: '0197c0de-0000-7000-8000-000000000004',
};
const everyEvent = ['plan.waits', 'run.failed', 'connection.broke', 'connection.recovered'];
const itByMail = {
  name: 'IT',
  connectionId: ids.mail,
  events: everyEvent,
  recipients: ['it@larkfield.test', 'ines.marlow@larkfield.test'],
};
const chat = { name: 'Chat', connectionId: ids.webhook, events: ['run.failed'] };
const aNotice: Notice = {
  event: 'run.failed',
  key: 'run.failed:42',
  clientId: null,
  title: 'A run failed: New starters',
  sentence: 'Two of three accounts were not created.',
  path: '/runs/42',
};

describe('A notice', () => {
  it('reaches every channel that wants the event, with a sentence and a link', async () => {
    await using hub = await aHub();
    await hub.make(itByMail);
    await hub.make(chat);
    await hub.make({ ...chat, name: 'Plans only', events: ['plan.waits'] });
    await hub.make({ ...chat, name: 'At rest', active: false });

    await hub.tell(aNotice);

    const [mail] = hub.mails;
    const [post] = hub.posts;
    assert.equal(hub.mails.length, 1);
    assert.deepEqual(mail?.to, itByMail.recipients);
    assert.equal(mail?.subject, '[Sundog] A run failed: New starters');
    assert.match(mail?.text ?? '', /^Two of three accounts were not created\.$/m);
    assert.match(mail?.text ?? '', /^https:\/\/sundog\.larkfield\.test\/base\/runs\/42$/m);
    assert.equal(hub.posts.length, 1);
    assert.deepEqual(post?.body, {
      id: post?.id,
      event: 'run.failed',
      at: '2026-11-20T08:00:00.000Z',
      title: aNotice.title,
      sentence: aNotice.sentence,
      link: 'https://sundog.larkfield.test/base/runs/42',
    });
  });

  it('is told once, however often it is posted', async () => {
    await using hub = await aHub();
    await hub.make(chat);

    await hub.tell(aNotice);
    await hub.tell(aNotice);

    assert.equal(hub.posts.length, 1);
  });

  it('is not told when what it tells of was rolled back', async () => {
    await using hub = await aHub();
    await hub.make(chat);

    await assert.rejects(
      inTransaction(hub.database.db, async (tx) => {
        await notify(tx, aNotice, new Date());
        throw new Error('rolled back');
      }),
    );
    await hub.deliverAll();

    assert.deepEqual(hub.posts, []);
  });

  it('of a client reaches that client and those who look after all, and no other client', async () => {
    await using hub = await aHub();
    await hub.make({ ...chat, name: 'All' });
    await hub.make({ ...chat, name: 'Nine', clientId: 9 });
    await hub.make({ ...chat, name: 'Twelve', clientId: 12 });

    await hub.tell({ ...aNotice, clientId: 9 });

    assert.equal(hub.posts.length, 2);
  });

  it('is tried again when it did not arrive, under the same id, and why is kept', async () => {
    await using hub = await aHub();
    await hub.make(chat);
    hub.refuse(new DeliveryRefusal('receiver.failed', 'hooks.larkfield.test is full.', true));

    await hub.tell(aNotice);
    const waiting = await hub.outbox();
    hub.refuse(undefined);
    await hub.deliverAll();

    assert.deepEqual(waiting, [
      ['waiting', 'The notification was not delivered: hooks.larkfield.test is full.'],
    ]);
    assert.deepEqual(await hub.outbox(), [['delivered', null]]);
    assert.equal(hub.tried.length, 2);
    assert.equal(new Set(hub.tried).size, 1);
  });

  for (const [title, method, body] of [
    ['gone', 'DELETE', undefined],
    ['at rest', 'PATCH', { active: false }],
  ] as const) {
    it(`is dropped in peace when its channel is ${title} by then`, async () => {
      await using hub = await aHub();
      const { id } = await hub.make(chat);
      await hub.post(aNotice);

      await hub.ask('admin', method, `${path}/${id}`, body);
      await hub.deliverAll();

      assert.deepEqual(hub.posts, []);
      assert.deepEqual(await hub.outbox(), [['delivered', null]]);
    });
  }
});

describe('Notification channels', () => {
  let hub: Awaited<ReturnType<typeof aHub>>;
  before(async () => {
    hub = await aHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('send a test on request, and say whom it was handed over for', async () => {
    const { id } = await hub.make({ ...itByMail, name: 'Tested' });

    const answer = await hub.ask('admin', 'POST', `${path}/${id}/test`);

    assert.equal(answer.status, 200);
    assert.match(answer.text, /it@larkfield\.test, ines\.marlow@larkfield\.test/);
    assert.match(hub.mails.at(-1)?.text ?? '', /This is a test/);
  });

  it('pass on why a test did not arrive', async () => {
    const { id } = await hub.make({ ...chat, name: 'Broken' });
    hub.refuse(new DeliveryRefusal('tls.refused', 'The certificate has expired.', false));

    const answer = await hub.ask('admin', 'POST', `${path}/${id}/test`);
    hub.refuse(undefined);

    assert.equal(answer.status, 502);
    assert.match(answer.text, /not delivered: The certificate has expired/);
  });

  it('change only in what is given', async () => {
    const made = await hub.make({ ...itByMail, name: 'Changed', active: false });

    const answer = await hub.ask('admin', 'PATCH', `${path}/${made.id}`, {
      events: ['run.failed'],
    });

    const changed = ChannelWire.parse(answer.body);
    assert.deepEqual(
      { ...changed, updatedAt: made.updatedAt },
      { ...made, events: ['run.failed'] },
    );
  });

  it('keep their connection from being deleted', async () => {
    await hub.make({ ...chat, name: 'Holding on' });

    const names = await channelsOn(hub.database.db, ids.webhook);

    assert.ok(names.includes('the notification channel "Holding on"'));
    await assert.rejects(
      hub.database.pool.query('delete from connections where id = $1', [ids.webhook]),
      /foreign key/,
    );
  });

  const misfits: readonly (readonly [string, unknown, number, RegExp])[] = [
    ['no JSON', '{', 400, /cannot be read/],
    ['no events', { ...chat, events: [] }, 400, /events/],
    ['an event nobody knows', { ...chat, events: ['plan.sleeps'] }, 400, /events/],
    ['no name', { ...chat, name: '' }, 400, /name/],
    ['mail to nobody', { ...itByMail, recipients: [] }, 422, /at least one address/],
    ['mail to a sentence', { ...itByMail, recipients: ['all of IT'] }, 400, /recipients/],
    [
      'mail with a header inside',
      { ...itByMail, recipients: ['it@larkfield.test\r\nBcc: x@elsewhere.example'] },
      400,
      /recipients/,
    ],
    ['recipients of a webhook', { ...chat, recipients: ['it@larkfield.test'] }, 422, /alone/],
    ['a Halo for a mailbox', { ...chat, connectionId: ids.halo }, 422, /mail or webhook/],
    ['a connection nobody knows', { ...chat, connectionId: ids.mail.replace('1', '9') }, 404, /./],
    ['another client’s connection', { ...chat, connectionId: ids.theirs }, 404, /connection/],
    ['a member nobody knows', { ...chat, colour: 'red' }, 400, /colour/],
  ];
  for (const [title, body, status, sentence] of misfits) {
    it(`are refused with ${title}`, async () => {
      const answer = await hub.ask('admin', 'POST', path, body);

      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, sentence);
    });
  }

  it('have a name of their own', async () => {
    await hub.make({ ...chat, name: 'Twice' });

    assert.equal((await hub.ask('admin', 'POST', path, { ...chat, name: 'Twice' })).status, 409);
  });

  it('are for those with the permission, route by route', async () => {
    const { id } = await hub.make({ ...chat, name: 'Guarded' });
    const routes: readonly (readonly [string, string, unknown, readonly number[]])[] = [
      // Answers to nobody, a guest without permissions, a reader, an editor.
      ['GET', path, undefined, [401, 403, 200, 200]],
      ['GET', `${path}/${id}`, undefined, [401, 403, 200, 200]],
      ['POST', path, { ...chat, name: 'Another' }, [401, 403, 403, 201]],
      ['PATCH', `${path}/${id}`, { active: true }, [401, 403, 403, 200]],
      ['POST', `${path}/${id}/test`, undefined, [401, 403, 403, 200]],
      ['DELETE', `${path}/${id}`, undefined, [401, 403, 403, 204]],
    ];
    for (const [method, route, body, statuses] of routes) {
      const found: number[] = [];
      for (const caller of [undefined, 'guest', 'reader', 'editor']) {
        found.push((await hub.ask(caller, method, route, body)).status);
      }
      assert.deepEqual(found, statuses, `${method} ${route}`);
    }
  });

  it('belong to a client that is there, or to all', async () => {
    const made = await hub.make({ ...chat, name: 'Moves' });
    const lost = { ...chat, name: 'Lost', clientId: 4711 };

    const posted = await hub.ask('admin', 'POST', path, lost);
    const moved = await hub.ask('admin', 'PATCH', `${path}/${made.id}`, { clientId: 4711 });

    assert.deepEqual([posted.status, moved.status], [422, 422], posted.text);
    assert.match(posted.text, /There is no client 4711/);
  });

  it('end at the client', async () => {
    const theirs = await hub.make({ ...chat, name: 'Theirs', clientId: 12 });
    const common = await hub.make({ ...chat, name: 'Common' });

    for (const [id, method, status] of [
      [theirs.id, 'GET', 404],
      [theirs.id, 'DELETE', 404],
      [common.id, 'GET', 200],
      [common.id, 'DELETE', 404],
    ] as const) {
      assert.equal((await hub.ask('client-9', method, `${path}/${id}`)).status, status);
    }
    assert.equal((await hub.ask('client-9', 'POST', `${path}/${common.id}/test`)).status, 404);
    const list = await hub.ask('client-9', 'GET', path);
    assert.ok(list.text.includes(common.id) && !list.text.includes(theirs.id));
  });
});

async function aHub() {
  const database = await aDatabase();
  await makeClients(database.db, [9, 12, 77]);
  const mails: Mail[] = [];
  const posts: Post[] = [];
  const tried: string[] = [];
  let refusal: DeliveryRefusal | undefined;
  const facts = new Map([
    aConnection(ids.mail, 'mail', null),
    aConnection(ids.webhook, 'webhook', null),
    aConnection(ids.halo, 'halo', null),
    aConnection(ids.theirs, 'webhook', 77),
  ]);
  for (const { id, kind, clientId } of facts.values()) {
    await database.pool.query(
      `insert into connections (id, kind, name, client_id, lab, settings, version, health, created_at, updated_at)
       values ($1, $2, $4, $3, false, '{}', 1, 'unknown', now(), now())`,
      [id, kind, clientId, id],
    );
  }
  const carry = <T extends { id: string }>(kept: T[]) => ({
    async carry(message: T) {
      tried.push(message.id);
      if (refusal !== undefined) throw refusal;
      kept.push(message);
    },
    async [Symbol.asyncDispose]() {},
  });
  const ports = {
    db: database.db,
    clock: () => new Date('2026-11-20T08:00:00Z'),
    publicUrl: new URL('https://sundog.larkfield.test/base/'),
    findConnections: async (wanted: readonly string[]) =>
      new Map([...facts].filter(([id]) => wanted.includes(id))),
    openMailer: async () => ({ ...carry(mails), send: carry(mails).carry }),
    openWebhook: async () => ({ ...carry(posts), post: carry(posts).carry }),
  };
  const front = await aFront(notificationRoutes(ports), {
    admin: anActor('admin', ['admin']),
    editor: anActor('editor', ['connections:read', 'connections:edit']),
    reader: anActor('reader', ['connections:read']),
    guest: anActor('guest', ['read:tickets']),
    'client-9': anActor('client-9', ['connections:read', 'connections:edit'], 9),
  });
  const outbox = outboxTask(database.db, { [noticeKind]: noticeDeliverer(ports) });
  const post = (notice: Notice) =>
    inTransaction(database.db, (tx) => notify(tx, notice, ports.clock()));
  /** What a worker would do, one letter after the other; failures stay in the outbox. */
  const deliverAll = async () => {
    const { rows } = await database.pool.query(
      "update outbox set due_at = posted_at where state = 'waiting' returning id",
    );
    for (const { id } of rows) {
      const running = { signal: AbortSignal.timeout(5_000), attempt: 1, attemptsMax: 12 };
      await outbox.run({ id }, { ...running, log: silentLog }).catch(() => {});
    }
  };
  return {
    database,
    mails,
    posts,
    tried,
    ask: front.ask,
    post,
    deliverAll,
    async tell(notice: Notice) {
      await post(notice);
      await deliverAll();
    },
    async make(body: object) {
      const answer = await front.ask('admin', 'POST', path, body);
      assert.equal(answer.status, 201, answer.text);
      return ChannelWire.parse(answer.body);
    },
    refuse(next: DeliveryRefusal | undefined) {
      refusal = next;
    },
    async outbox() {
      const { rows } = await database.pool.query('select state, problem from outbox order by id');
      return z
        .array(z.object({ state: z.string(), problem: z.string().nullable() }))
        .parse(rows)
        .map(({ state, problem }) => [state, problem]);
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

function aConnection(
  id: string,
  kind: ConnectionKind,
  clientId: number | null,
): [string, ConnectionFacts] {
  const health = { healthy: true, sentence: 'It answers.', checkedAt: null };
  return [id, { id, name: kind, kind, clientId, origin: null, host: 'x', tenant: null, health }];
}
