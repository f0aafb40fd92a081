// Tokens for client credentials at /auth/token, in CPU time of the hub's process, beside bare node:http that
// does no more than one hash and one insert.
import { Agent, request } from 'node:http';
import { theHub } from '#domain/actor.ts';
import { createApplication } from '#features/applications/commands.ts';
import { systemClock } from '#lib/clock.ts';
import { fastHash } from '#lib/tokens.ts';
import { aDatabase } from '#test/servers/database.ts';
import { aServer, type BenchServer } from './bench-server.ts';
import { median } from './median.ts';
import type { Bench } from './row.ts';

const goalPerSecond = 800;
const connections = 16;
const requests = 2_000;
const rounds = 5;

export const tokens: Bench = {
  name: 'tokens',
  async run() {
    await using database = await aDatabase();
    const wanted = { name: 'Benchmark', scopes: ['all'] as const };
    const made = await createApplication(database.db, wanted, theHub, systemClock());
    const secret = made.clientSecret?.reveal() ?? '';
    const { id, clientId } = made.application;
    const form = new URLSearchParams({
      ...{ grant_type: 'client_credentials', scope: 'all' },
      ...{ client_id: clientId, client_secret: secret },
    });
    const address = database.connectionString.reveal();
    using hub = aServer('hub', address);
    const known = { application: id, hash: fastHash(secret).toString('hex') };
    using bare = aServer('bare-token', address, JSON.stringify(known));
    const spent: Record<'hub' | 'bare', number[]> = { hub: [], bare: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, server] of [
        ['hub', hub],
        ['bare', bare],
      ] as const) {
        const rate = await rateOf(server, String(form));
        // The first round warms up.
        if (round > 0) spent[name].push(rate);
      }
    }
    const [ours, theirs] = [median(spent.hub), median(spent.bare)];
    return [
      {
        issue: 3,
        name: 'POST /auth/token client_credentials, tokens per CPU second of the hub',
        value: ours,
        unit: '/s',
        reference: 'bare node:http, one hash and one insert',
        referenceValue: theirs,
        ratio: ours / theirs,
        goal: `at least ${goalPerSecond}/s per core`,
        ok: ours >= goalPerSecond,
      },
    ];
  },
};

/** Requests answered for each second of CPU that the server's process spent. */
async function rateOf(server: BenchServer, form: string): Promise<number> {
  const url = new URL('/auth/token', await server.base);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const before = await server.cpuMicroseconds();
  let left = requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one(url, agent, form);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const spent = (await server.cpuMicroseconds()) - before;
  agent.destroy();
  return requests / (spent / 1e6);
}

function one(url: URL, agent: Agent, form: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const asked = request(url, { agent, method: 'POST', headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume().on('end', resolve).on('error', reject);
    });
    asked.on('error', reject);
    asked.end(form);
  });
}
