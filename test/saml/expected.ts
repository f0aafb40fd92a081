// What the hub expects of the provider in test/servers/saml-idp.ts.
import {
  clockSkewMs,
  type LogoutExpectation,
  type LogoutResponseExpectation,
  type ResponseExpectation,
} from '#domain/sso/saml-messages.ts';
import {
  acsUrl,
  idpEntityId,
  now,
  ourEntityId,
  requestId,
  sloUrl,
} from '#test/servers/saml-idp.ts';

function provider(certificates: readonly string[]) {
  return { entityId: ourEntityId, issuer: idpEntityId, certificates, now, clockSkewMs };
}

export function expectedResponse(
  certificates: readonly string[],
  changes: Partial<ResponseExpectation> = {},
): ResponseExpectation {
  return {
    ...provider(certificates),
    acsUrl,
    inResponseTo: requestId,
    wantsAssertionsSigned: false,
    wantsResponsesSigned: false,
    wantsAssertionsEncrypted: false,
    decryptionKey: undefined,
    allowsCbc: false,
    allowsNoNameId: false,
    ...changes,
  };
}

export function expectedLogout(certificates: readonly string[]): LogoutExpectation {
  return { ...provider(certificates), sloUrl };
}

export function expectedLogoutResponse(certificates: readonly string[]): LogoutResponseExpectation {
  return { ...expectedLogout(certificates), inResponseTo: requestId };
}
