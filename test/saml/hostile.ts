// Messages that must not be believed, by the names that the literature has for them, and the keys they are made with.

import type { SamlVerifier } from '#connectors/saml/verifier.ts';
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import type {
  LogoutMessage,
  LogoutResponseExpectation,
  ResponseExpectation,
} from '#domain/sso/saml-messages.ts';
import { openTrace, SsoRefusal } from '#domain/sso/trace.ts';
import { aProviderKey, type ProviderKey } from '#test/servers/saml-idp.ts';
import { expectedLogoutResponse, expectedResponse } from './expected.ts';

/** Whom every hostile message wants to be; nobody signed anything for them. */
export const admin = 'admin@larkfield.test';

export type Keys = {
  /** The provider's; its certificate is configured. */
  readonly idp: ProviderKey;
  readonly elliptic: ProviderKey;
  readonly weak: ProviderKey;
  readonly expired: ProviderKey;
  /** The attacker's own: configured nowhere. */
  readonly stranger: ProviderKey;
  /** Ours, for decryption. */
  readonly ours: ProviderKey;
};

export async function hostileKeys(): Promise<Keys> {
  const [idp, elliptic, weak, expired, stranger, ours] = await Promise.all([
    aProviderKey(),
    aProviderKey('p-256'),
    aProviderKey('rsa-1024'),
    aProviderKey('rsa', new Date('2026-11-19T00:00:00Z')),
    aProviderKey(),
    aProviderKey(),
  ]);
  return { idp, elliptic, weak, expired, stranger, ours };
}

export type Hostile = {
  readonly title: string;
  /** The check that must refuse it; any of several where it breaks more than one thing. */
  readonly check: SamlCheck | readonly SamlCheck[];
} & (
  | {
      readonly kind: 'response';
      readonly xml: string | Buffer;
      readonly expected?: Partial<ResponseExpectation>;
    }
  | {
      readonly kind: 'logout-request' | 'logout-response';
      readonly message: LogoutMessage;
      readonly expected?: Partial<LogoutResponseExpectation>;
    }
);

/** What became of it: the check that refused it; 'verified'; or the error that should not have been. */
export type Outcome = SamlCheck | 'verified' | Error;

export function outcomeOf(hostile: Hostile, verifier: SamlVerifier, keys: Keys): Outcome {
  const certificates = [keys.idp, keys.elliptic, keys.weak, keys.expired].map(
    (key) => key.certificate,
  );
  const trace = openTrace();
  try {
    if (hostile.kind === 'response') {
      const expected = expectedResponse(certificates, hostile.expected);
      verifier.verifyResponse(Buffer.from(hostile.xml), expected, trace);
    } else {
      const expected = { ...expectedLogoutResponse(certificates), ...hostile.expected };
      if (hostile.kind === 'logout-request') {
        verifier.verifyLogoutRequest(hostile.message, expected, trace);
      } else verifier.verifyLogoutResponse(hostile.message, expected, trace);
    }
    return 'verified';
  } catch (error) {
    if (error instanceof SsoRefusal) return error.check as SamlCheck;
    return error instanceof Error ? error : new Error(String(error));
  }
}

export function checksOf({ check }: Hostile): readonly SamlCheck[] {
  return typeof check === 'string' ? [check] : check;
}
