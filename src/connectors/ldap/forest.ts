// The forest around a domain: whether there are other domains, and the catalog that knows all their names.
import { ExtensibleFilter } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { Secret } from '#lib/secret.ts';
import type { LdapAddress } from './address.ts';
import { refusal } from './refusals.ts';
import { allOf, entriesOf, equals } from './search.ts';
import { openSession, type Session } from './session.ts';

export type Forest = AsyncDisposable & {
  /** The global catalog; nothing where the domain is the only one of its forest. */
  readonly catalog: () => Promise<Session | undefined>;
};

/** Global catalog over TLS and without (MS-ADTS §3.1.1.3.1.10). */
const catalogPorts = { ldaps: 3269, starttls: 3268, plain: 3268 } as const;

/** FLAG_CR_NTDS_DOMAIN (MS-ADTS §2.2.21), tested by LDAP_MATCHING_RULE_BIT_AND. */
const isDomain = { rule: '1.2.840.113556.1.4.803', matchType: 'systemFlags', value: '2' } as const;

/** Asked only when a name must be unique in the forest, and then once. */
export function forestAround(session: Session, address: LdapAddress, password: Secret): Forest {
  let catalog: Promise<Session | undefined> | undefined;
  const open = async () =>
    (await domainsOf(session)) > 1
      ? openCatalog({ ...address, host: session.reached.host, others: [] }, password)
      : undefined;
  return {
    async catalog() {
      catalog ??= open();
      try {
        return await catalog;
      } catch (error) {
        // A catalog that was down once may answer the next time.
        catalog = undefined;
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      const opened = await catalog?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

async function domainsOf(session: Session): Promise<number> {
  const { configuration } = session.root;
  if (configuration === undefined) return 1;
  const search = {
    base: `CN=Partitions,${configuration}`,
    filter: allOf([equals('objectClass', 'crossRef'), new ExtensibleFilter(isDomain)]),
    attributes: ['nCName'],
  };
  return (await entriesOf(session, search)).length;
}

async function openCatalog(address: LdapAddress, password: Secret): Promise<Session> {
  const port = address.catalogPort ?? catalogPorts[address.security];
  const { baseDn: _, ...there } = address;
  try {
    return await openSession({ ...there, port }, password);
  } catch (error) {
    const known = refusal(error);
    throw new DirectoryRefusal(
      known.code,
      `The forest has several domains, so its global catalog (${address.host}:${port}) must be asked which names are taken: ${known.message}`,
      known.retryable,
      known.detail,
    );
  }
}
