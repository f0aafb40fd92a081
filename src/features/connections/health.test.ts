// The specification of looking after connections.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProbeResult } from '#domain/connection.ts';
import { openLog, silentLog } from '#lib/log.ts';
import {
  aConnectionHub,
  aDirectory,
  aHalo,
  fine,
  secretText,
} from '#test/servers/connection-hub.ts';
import { connectionTasks, healthLimits, testConnection } from './health.ts';

describe('The health of a connection', () => {
  it('is found on demand, with the stage that fails', async () => {
    await using hub = await aConnectionHub();
    const { id } = await hub.make(aHalo);
    hub.answer({ ok: false, stage: 'tls', code: 'tls.untrusted', sentence: 'Not trusted.' });

    const tested = await hub.ask('admin', 'POST', `/v1/connections/${id}/test`);

    const { health } = await hub.find(id);
    assert.equal(tested.status, 200);
    assert.match(tested.text, /"ok":false,"stage":"tls","code":"tls.untrusted"/);
    assert.deepEqual(
      [health.state, health.stage, health.sentence],
      ['broken', 'tls', 'Not trusted.'],
    );
  });

  it('is not asked of the system while the secret is missing', async () => {
    await using hub = await aConnectionHub();
    const { id } = await hub.make({ ...aHalo, secret: null });

    const tested = await hub.ask('admin', 'POST', `/v1/connections/${id}/test`);

    assert.match(tested.text, /"stage":"credentials","code":"connection.no-secret"/);
    assert.deepEqual(hub.probed, []);
  });

  it('is told once when it breaks and once when it is well again', async () => {
    await using hub = await aConnectionHub();
    const { id } = await hub.make(aHalo);
    const broken: ProbeResult = { ok: false, stage: 'connect', code: 'x', sentence: 'No answer.' };

    for (const result of [broken, fine, fine, broken, broken, broken, fine, fine]) {
      hub.answer(result);
      await testConnection(hub.ports, id);
    }

    assert.deepEqual(
      hub.notices.map(({ event, title }) => `${event} ${title}`),
      [
        'connection.broke Connection broken: Halo',
        'connection.recovered Connection works again: Halo',
      ],
    );
  });

  it('is broken, and not the hub, when trying it throws; no secret reaches the log', async () => {
    const lines: string[] = [];
    await using hub = await aConnectionHub({
      log: openLog({ format: 'json', level: 'debug', write: (line) => lines.push(line) }),
    });
    const { id } = await hub.make(aHalo);
    hub.answer(new Error('surprise'));

    const tested = await hub.ask('admin', 'POST', `/v1/connections/${id}/test`);

    assert.equal(tested.status, 200);
    assert.match(tested.text, /could not be tried/);
    assert.ok(lines.some((line) => line.includes('surprise')));
    assert.ok(!lines.join().includes(secretText));
  });

  it('says nothing of a connection that was changed while it was tried', async () => {
    await using hub = await aConnectionHub();
    const { id } = await hub.make(aHalo);
    hub.during(() => hub.change(id, { settings: { address: 'https://halo3.larkfield.test' } }));

    await testConnection(hub.ports, id);

    assert.equal((await hub.find(id)).health.state, 'unknown');
  });

  it('is looked after in turn, and rarely where a password was refused', async () => {
    await using hub = await aConnectionHub();
    const well = await hub.make({ ...aHalo, name: 'Well' });
    const refused = await hub.make({ ...aDirectory, name: 'Refused' });
    await testConnection(hub.ports, well.id);
    hub.answer({ ok: false, stage: 'credentials', code: 'x', sentence: 'Wrong password.' });
    await testConnection(hub.ports, refused.id);

    hub.pass(healthLimits.everyMs + 1);
    const soon = await hub.tick();
    hub.pass(healthLimits.everyMsAfterRefusal);
    const later = await hub.tick();

    assert.deepEqual(soon, [well.id]);
    assert.deepEqual(later.toSorted(), [well.id, refused.id].toSorted());
  });

  it('does not mind that a connection is deleted before its turn', async () => {
    await using hub = await aConnectionHub();
    const [, check] = connectionTasks(hub.ports);

    await check?.run(
      { id: '0197c0de-0000-7000-8000-000000000000' },
      { signal: AbortSignal.timeout(1000), attempt: 1, attemptsMax: 1, log: silentLog },
    );

    assert.deepEqual(hub.probed, []);
  });
});
