// The specification of signed posts, received over real HTTP on loopback.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { WebhookSettings } from '#domain/connection.ts';
import { DeliveryRefusal, type DeliveryRefusalCode } from '#domain/ports/messenger.ts';
import { Secret } from '#lib/secret.ts';
import { aFaultyHalo, type Fault } from '#test/servers/faulty-halo.ts';
import { openWebhook, probeWebhook } from './webhook.ts';

const lab = { lab: true, confirmed: [], networks: [] };
const key = new Secret('the-key-this-webhook-is-signed-with');
const post = { id: 'plan.waits:7', body: { event: 'plan.waits', sentence: 'A plan waits.' } };

describe('A post to a webhook', () => {
  it('is signed over id, time and body, as Standard Webhooks has it', async () => {
    await using receiver = await aReceiver({ status: 204 });

    await send(receiver);

    const [asked] = receiver.asked;
    const { 'webhook-id': id, 'webhook-timestamp': at } = asked?.headers ?? {};
    const expected = createHmac('sha256', key.reveal())
      .update(`${id}.${at}.${asked?.body}`)
      .digest('base64');
    assert.equal(id, 'plan.waits:7');
    assert.equal(at, '1795161600');
    assert.equal(asked?.headers['webhook-signature'], `v1,${expected}`);
    assert.deepEqual(JSON.parse(asked?.body ?? ''), post.body);
    assert.ok(!JSON.stringify(asked).includes(key.reveal()));
  });

  it('takes a key in Base64 where it says so', async () => {
    await using receiver = await aReceiver({ status: 200 });
    const raw = Buffer.from('0123456789abcdef0123456789abcdef');

    await send(receiver, new Secret(`whsec_${raw.toString('base64')}`));

    const [asked] = receiver.asked;
    const expected = createHmac('sha256', raw)
      .update(`plan.waits:7.1795161600.${asked?.body}`)
      .digest('base64');
    assert.equal(asked?.headers['webhook-signature'], `v1,${expected}`);
  });

  const refusals: readonly (readonly [string, Fault, DeliveryRefusalCode, boolean])[] = [
    ['an error', { status: 500 }, 'receiver.failed', true],
    ['too many requests', { status: 429 }, 'receiver.failed', true],
    ['no such address', { status: 404 }, 'message.refused', false],
    ['a refused signature', { status: 401 }, 'message.refused', false],
    ['a broken connection', 'reset', 'receiver.unreachable', true],
    ['silence', 'silence', 'receiver.unreachable', true],
  ];
  for (const [title, fault, code, retryable] of refusals) {
    it(`is refused by ${title}`, async () => {
      await using receiver = await aReceiver(fault);
      const limitMs = fault === 'silence' ? postMs.silent : postMs.usual;

      const refusal = await refusalOf(send(receiver, key, limitMs));

      assert.equal(refusal.code, code, refusal.message);
      assert.equal(refusal.retryable, retryable);
    });
  }

  it('has arrived with the first 2xx, however long the answer goes on', async () => {
    await using receiver = await aReceiver({ body: 'x'.repeat(500_000) });

    await send(receiver);

    assert.equal(receiver.asked.length, 1);
  });

  it('follows no redirect', async () => {
    await using stranger = await aReceiver({ status: 200 });
    await using receiver = await aReceiver({
      status: 307,
      headers: { location: stranger.address },
    });

    const refusal = await refusalOf(send(receiver));

    assert.equal(refusal.code, 'address.refused');
    assert.deepEqual(stranger.asked, []);
  });

  it('goes to no local address outside of the lab', async () => {
    await using receiver = await aReceiver({ status: 200 });
    const settings = WebhookSettings.parse({ url: receiver.address });
    const outside = { lab: false, confirmed: [], networks: [] };
    await using webhook = openWebhook(settings, key, outside);

    assert.equal((await refusalOf(webhook.post(post))).code, 'address.refused');
    const probed = await probeWebhook(settings, outside);
    assert.equal(probed.ok === false && probed.stage, 'address');
  });
});

describe('Testing a webhook connection', () => {
  it('connects and posts nothing', async () => {
    await using receiver = await aReceiver({ status: 200 });

    const result = await probeWebhook(WebhookSettings.parse({ url: receiver.address }), lab);

    assert.equal(result.ok, true);
    assert.deepEqual(receiver.asked, []);
  });

  it('names the stage that fails', async () => {
    await using receiver = await aReceiver({ status: 200 });
    const url = receiver.address.replace('http:', 'https:');

    const result = await probeWebhook(WebhookSettings.parse({ url }), lab);

    assert.equal(result.ok === false && result.stage, 'tls');
  });
});

function aReceiver(fault: Fault) {
  return aFaultyHalo(() => fault);
}

/** Long enough for a busy machine; short where the receiver is silent on purpose. */
const postMs = { usual: 20_000, silent: 200 } as const;

async function send(
  receiver: { readonly address: string },
  secret = key,
  limitMs: number = postMs.usual,
): Promise<void> {
  const settings = WebhookSettings.parse({ url: `${receiver.address}/hooks/sundog` });
  const clock = () => new Date('2026-11-20T08:00:00Z');
  await using webhook = openWebhook(settings, secret, lab, { clock, postMs: limitMs });
  await webhook.post(post);
}

async function refusalOf(work: Promise<unknown>): Promise<DeliveryRefusal> {
  const outcome = await work.then(
    () => assert.fail('nothing was refused'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof DeliveryRefusal, String(outcome));
  return outcome;
}
