// The ports of automation for a test, in the test's own process or in a worker's.
import { randomInt } from 'node:crypto';
import type { ConnectionFacts } from '#domain/connection.ts';
import type { AutomationPorts } from '#features/automation/ports.ts';
import { systemClock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import { openSealing } from '#store/sealing.ts';
import { ad, halo } from '#test/planning/larkfield.ts';

export type Systems = Pick<AutomationPorts, 'openDirectory' | 'openApplication'>;

export function testPorts(
  given: Systems & Pick<AutomationPorts, 'db' | 'pool'> & { readonly log: Log },
): AutomationPorts {
  return {
    ...given,
    clock: systemClock,
    sealing: openSealing([{ id: '0123456789abcdef', key: Buffer.alloc(32, 7) }]),
    originsOf: async () => new Map(),
    environment: {},
    pickBelow: (limit) => randomInt(limit),
    appliers: {},
    peopleOfSync: async () => {
      throw new Error('no sync is undone here');
    },
    notify: async () => {},
    listConnections: async () => connectionFacts,
    findConnections: async (ids) =>
      new Map(connectionFacts.filter(({ id }) => ids.includes(id)).map((one) => [one.id, one])),
  };
}

const healthy = { healthy: true, sentence: 'It answers.', checkedAt: new Date() };

const connectionFacts: readonly ConnectionFacts[] = [
  {
    id: halo,
    name: 'Halo',
    kind: 'halo',
    clientId: null,
    origin: 'https://halo.larkfield.test',
    host: 'halo.larkfield.test',
    tenant: 'larkfield',
    health: healthy,
  },
  {
    id: ad,
    name: 'AD Larkfield',
    kind: 'ldap',
    clientId: null,
    origin: null,
    host: 'dc1.ad.larkfield.test',
    tenant: null,
    health: healthy,
  },
];
