// A directory server the contract of directories can be run against: Samba, or the lab's own.
import { Client } from 'ldapts';
import type { Secret } from '#lib/secret.ts';

export type DirectoryServer = {
  readonly host: string;
  readonly ports: { readonly ldap: number; readonly ldaps: number };
  /** PEM of the authority that signed the server's certificate. */
  readonly caPem: string;
  readonly baseDn: string;
  /** May do everything; only prepares what a test needs. */
  readonly administrator: { readonly dn: string; readonly password: Secret };
  /** Has the rights of docs/active-directory-rights.md and no others; what the connector signs in as. */
  readonly service: { readonly dn: string; readonly password: Secret };
  /** The two units the rights are delegated on. */
  readonly people: string;
  readonly groups: string;
  /** Knows password policies for single accounts (msDS-PasswordSettings). */
  readonly finePolicies: boolean;
};

/** A client signed in as the administrator, for preparing what a test needs. */
export async function administrator(server: DirectoryServer): Promise<Client> {
  return signedIn(server, server.administrator);
}

/** A bare client signed in over LDAPS as whoever is given. */
export async function signedIn(
  server: DirectoryServer,
  who: { readonly dn: string; readonly password: Secret },
): Promise<Client> {
  const client = new Client({
    url: `ldaps://${server.host}:${server.ports.ldaps}`,
    tlsOptions: { ca: server.caPem },
    timeout: 30_000,
    connectTimeout: 5_000,
  });
  try {
    await client.bind(who.dn, who.password.reveal());
    return client;
  } catch (error) {
    await client.unbind();
    throw error;
  }
}
