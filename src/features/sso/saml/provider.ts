// The provider of an application as its metadata has it: there, of whom it should be, and not expired.
import type { SamlBinding, SamlEndpoint, SamlProvider } from '#domain/ports/saml.ts';
import { openTrace, SsoRefusal, type Trace } from '#domain/sso/trace.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { refresh } from './refresh.ts';
import { findMetadata } from './stored.ts';

type Ports = Omit<SsoPorts, 'sessions'>;

export async function providerOf(
  ports: Ports,
  application: SsoApplication,
  trace: Trace,
): Promise<SamlProvider> {
  const { name, saml } = application;
  const stored = await findMetadata(ports.db, application.id);
  const now = ports.clock();
  const holds = stored?.provider !== undefined && !isOver(stored.provider, now);
  const provider = holds ? stored.provider : await refresh(ports, application);
  if (provider === undefined || isOver(provider, now)) {
    const last = stored?.provider;
    return trace.refuse(
      'saml.metadata',
      last === undefined
        ? `The metadata of the provider of ${name} was ${saml.metadataUrl === null ? 'never given' : 'not read yet'}.`
        : `The metadata of ${last.entityId} held until ${last.validUntil?.toISOString()} and could not be renewed.`,
      stored?.failure === undefined ? {} : { failure: stored.failure },
    );
  }
  if (saml.entityId !== null && saml.entityId !== provider.entityId) {
    return trace.refuse(
      'saml.metadata',
      `The metadata is of ${provider.entityId}, and ${saml.entityId} is configured.`,
    );
  }
  trace.passed('saml.metadata', { provider: provider.entityId });
  return provider;
}

function isOver({ validUntil }: SamlProvider, now: Date): boolean {
  return validUntil !== undefined && validUntil <= now;
}

/**
 * Verifies with the certificates known; where none of them made the signature, once more with those that
 * the provider's metadata has by now. Of the two goes the trace keeps the one that counted.
 */
export async function verified<T>(
  ports: Ports,
  application: SsoApplication,
  provider: SamlProvider,
  trace: Trace,
  verify: (provider: SamlProvider, trace: Trace) => T,
): Promise<T> {
  const tried = openTrace();
  try {
    const result = verify(provider, tried);
    retell(tried, trace);
    return result;
  } catch (error) {
    if (!(error instanceof SsoRefusal)) throw error;
    const newer = error.check === 'saml.signature' ? await refresh(ports, application) : undefined;
    if (newer !== undefined && hasOthers(newer, provider)) return verify(newer, trace);
    retell(tried, trace);
    return trace.refuse(error.check, error.message, error.facts, error.cause);
  }
}

function retell(tried: Trace, trace: Trace): void {
  for (const { check, verdict, facts } of tried.steps) {
    if (verdict === 'passed') trace.passed(check, facts);
  }
}

function hasOthers(newer: SamlProvider, known: SamlProvider): boolean {
  const prints = new Set(known.signing.map(({ fingerprint }) => fingerprint));
  return newer.signing.some(({ fingerprint }) => !prints.has(fingerprint));
}

/** The endpoint of the binding wanted, else the first there is. */
export function endpointBy(
  endpoints: readonly SamlEndpoint[],
  wanted: SamlBinding,
): SamlEndpoint | undefined {
  return endpoints.find(({ binding }) => binding === wanted) ?? endpoints[0];
}
