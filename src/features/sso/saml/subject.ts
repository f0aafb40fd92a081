// Who a verified response is about, by a name that stays: the NameID, or an attribute where that changes each time.
import { claimNames, valuesOf } from '#domain/sso/claims.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import { clockSkewMs, type NameId, type VerifiedResponse } from '#domain/sso/saml-messages.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { kept } from './name-id.ts';

const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

export function identityFrom(
  application: SsoApplication,
  response: VerifiedResponse,
  trace: Trace,
): ProvenIdentity {
  const { issuer, nameId, sessionIndex, attributes, sessionNotOnOrAfter } = response;
  return {
    issuer,
    subject: subjectOf(application, response, trace),
    claims: attributes,
    providerSession: sessionIndex,
    logoutHint: nameId === undefined ? undefined : kept(nameId),
    sessionEndsAt: sessionNotOnOrAfter && skewed(sessionNotOnOrAfter),
  };
}

/** By a clock that may be behind ours: what passed the check as not over shall not be over here. */
function skewed(instant: Date): Date {
  return new Date(instant.getTime() + clockSkewMs);
}

export function isTransient({ format }: NameId): boolean {
  return format === transient;
}

/** A value of an attribute is never mistaken for a NameID: whoever may choose the one cannot take on the other. */
function subjectOf(
  { matching }: SsoApplication,
  { nameId, attributes }: VerifiedResponse,
  trace: Trace,
): string {
  if (nameId !== undefined && !isTransient(nameId)) return nameId.value;
  const { idAttribute, customIdAttribute } = matching;
  const sent = nameId === undefined ? 'no NameID' : 'a NameID that changes with every sign-on';
  if (idAttribute === 'subject' || (idAttribute === 'custom' && customIdAttribute === null)) {
    return trace.refuse(
      'saml.subject-attribute',
      `The provider sends ${sent}, and no identity attribute is chosen in its place.`,
    );
  }
  const custom = customIdAttribute ?? '';
  const names = idAttribute === 'custom' ? [custom] : claimNames[idAttribute].saml;
  const values = valuesOf(attributes, names).filter((value) => value !== '');
  const [value] = values;
  const called = idAttribute === 'custom' ? custom : idAttribute;
  if (value === undefined || values.length > 1) {
    return trace.refuse(
      'saml.subject-attribute',
      `The provider sends ${sent}, and the attribute ${called} has ${values.length === 0 ? 'no value' : `${values.length} values`}.`,
      { attribute: called, values: values.length },
    );
  }
  trace.passed('saml.subject-attribute', { attribute: called });
  return `${called}=${value}`;
}
