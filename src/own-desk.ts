// Where this hub's own desk answers: a connection to one of these addresses leads back to it.
import type { Config } from './config.ts';

export function ownDeskOf(config: Config, publicUrl = config.publicUrl): readonly string[] {
  const { host, port, tls } = config;
  const scheme = tls === undefined ? 'http' : 'https';
  const listens = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return [publicUrl ?? listens, listens].map((address) => new URL(address).origin);
}
