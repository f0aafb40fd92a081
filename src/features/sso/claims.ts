// Which claim of an identity counts for what, by the settings of the application.
import { claimNames, valuesOf } from '#domain/sso/claims.ts';
import type { Claims, ProvenIdentity } from '#domain/sso/identity.ts';
import type { Facts, Trace } from '#domain/sso/trace.ts';
import { own } from '#lib/own.ts';
import type { SsoApplication } from './model.ts';

/** The names of the claim that people are matched by; none where the subject itself is it. */
export function matchedClaims({ protocol, matching }: SsoApplication): readonly string[] {
  const { idAttribute, customIdAttribute } = matching;
  if (idAttribute === 'subject') return [];
  if (idAttribute === 'custom') return customIdAttribute === null ? [] : [customIdAttribute];
  return claimNames[idAttribute][protocol];
}

/** Its different values, as they came. */
export function matchedValues(
  application: SsoApplication,
  { subject, claims }: ProvenIdentity,
): readonly string[] {
  if (application.matching.idAttribute === 'subject') return [subject];
  return valuesOf(claims, matchedClaims(application));
}

/** Every rule must hold. Of a claim with several values one must be the value wanted, byte for byte. */
export function checkClaimRules({ matching }: SsoApplication, claims: Claims, trace: Trace): void {
  for (const { claim, value } of matching.claimRules) {
    const given = (own(claims, claim) ?? []).filter((one) => one !== '');
    const facts: Facts = { claim, values: given.length };
    if (given.length === 0)
      trace.refuse('claims.rules', `The claim "${claim}" was not sent.`, facts);
    if (value !== null && !given.includes(value))
      trace.refuse('claims.rules', `The claim "${claim}" does not have the value wanted.`, {
        ...facts,
        wanted: value,
      });
  }
  trace.passed('claims.rules', { rules: matching.claimRules.length });
}

const subjectMax = 1_024;

/** Lone surrogates and control characters fit no column, and no page. */
export function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

export function checkReadable({ issuer, subject }: ProvenIdentity, trace: Trace): void {
  const fits = (text: string) => text !== '' && text.length <= subjectMax && isPlain(text);
  if (!fits(subject) || !fits(issuer))
    trace.refuse('claims.readable', 'The subject is empty, too long or has control characters.', {
      length: subject.length,
    });
  trace.passed('claims.readable');
}
