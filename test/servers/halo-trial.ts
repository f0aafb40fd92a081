// The Halo connector on trial: opened against a faulty Halo on loopback, and the lists such a Halo gives.
import assert from 'node:assert/strict';
import { type Halo, type HaloOptions, openHalo } from '#connectors/halo/halo.ts';
import { HaloSettings } from '#domain/connection.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { Secret } from '#lib/secret.ts';
import { aFaultyHalo, type FaultyHalo, type Scene } from './faulty-halo.ts';

export const clientSecret = 'c1d2e3f4-secret-of-larkfield';
export const lab = { lab: true, confirmed: [], networks: [] };

export const quick: HaloOptions = { wait: async () => {} };

export function settingsFor(halo: FaultyHalo): HaloSettings {
  return HaloSettings.parse({ address: halo.address, clientId: 'sundog' });
}

export function open(halo: FaultyHalo, options: HaloOptions = {}): Halo {
  return openHalo(settingsFor(halo), new Secret(clientSecret), lab, { ...quick, ...options });
}

export async function read(desk: Halo): Promise<readonly unknown[]> {
  return (await Array.fromAsync(desk.readUsers({ includeInactive: true }))).flat();
}

export async function refusalOf(work: Promise<unknown>): Promise<ApplicationRefusal> {
  const outcome = await work.then(
    () => assert.fail('nothing was refused'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof ApplicationRefusal, String(outcome));
  return outcome;
}

export function emptyDesk({ path }: { readonly path: string }, _nth: number) {
  return path === '/api/Users' ? { body: { record_count: 0, users: [] } } : undefined;
}

/** A Halo whose /api/Users always answers so. */
export function users(fault: ReturnType<Scene>) {
  return aFaultyHalo((asked) => (asked.path === '/api/Users' ? fault : undefined));
}

/** Two pages of users with these ids; null stands for a row without one. */
export function pages(
  first: readonly (number | null)[],
  second: readonly (number | null)[],
  count = 8,
): Scene {
  return (asked) => {
    if (asked.path !== '/api/Users') return undefined;
    const ids = asked.query.page_no === '1' ? first : second;
    const list = ids.map((id) => (id === null ? { name: 'Nobody' } : { id, name: `User ${id}` }));
    return { body: { record_count: count, users: list } };
  };
}

export function rows(from: number, to: number) {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => ({
    id: from + at,
    name: `User ${from + at}`,
  }));
}
