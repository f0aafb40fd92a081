// What is asked of the assertion (SAML profiles §4.1.4.3), and what is read from it once all of it holds.
import type { Claims } from '#domain/sso/identity.ts';
import type { ResponseExpectation } from '#domain/sso/saml-messages.ts';
import { type Finding, type Row, shown } from './check.ts';
import { childOf, childrenOf, type XmlElement } from './document.ts';
import { instantOf, isFuture, isPast } from './instant.ts';
import { nameIdFault } from './name-id.ts';
import { bearer, saml } from './names.ts';

export type Asserted = {
  readonly expected: ResponseExpectation;
  /** From octets that a verified signature covers. */
  readonly assertion: XmlElement;
};

export const assertionChecks: readonly Row<Asserted>[] = [
  { name: 'saml.subject', run: subjectFault },
  {
    name: 'saml.name-id',
    run: ({ assertion, expected }) => {
      const subject = childOf(assertion, saml('Subject'));
      return subject && nameIdFault(subject, expected.allowsNoNameId);
    },
  },
  {
    name: 'saml.bearer',
    run: ({ assertion }) =>
      confirmationOf(assertion)?.attributes.get('Method') === bearer
        ? undefined
        : 'Its subject is not confirmed by bearing it.',
  },
  {
    name: 'saml.recipient',
    run: ({ assertion, expected }) => {
      const recipient = confirmationDataOf(assertion)?.attributes.get('Recipient');
      return recipient === expected.acsUrl
        ? undefined
        : {
            because: 'The assertion is meant for another recipient.',
            facts: { recipient: shown(recipient), expected: expected.acsUrl },
          };
    },
  },
  { name: 'saml.confirmation-time', run: confirmationTimeFault },
  {
    name: 'saml.confirmation-request',
    run: ({ assertion, expected }) => {
      const answers = confirmationDataOf(assertion)?.attributes.get('InResponseTo');
      return answers === expected.inResponseTo
        ? undefined
        : {
            because: 'The assertion answers another request than ours.',
            facts: { answers: shown(answers), expected: shown(expected.inResponseTo) },
          };
    },
  },
  { name: 'saml.conditions', run: conditionsFault },
  { name: 'saml.conditions-time', run: conditionsTimeFault },
  { name: 'saml.audience', run: audienceFault },
  { name: 'saml.authn-statement', run: authnFault },
  { name: 'saml.session-time', run: sessionFault },
  { name: 'saml.attributes', run: attributesFault },
];

function subjectFault({ assertion }: Asserted): Finding {
  const subject = childOf(assertion, saml('Subject'));
  if (subject === undefined) return 'It has no subject.';
  const known = new Set(['BaseID', 'NameID', 'EncryptedID', 'SubjectConfirmation'].map(saml));
  const confirmations = childrenOf(subject, saml('SubjectConfirmation'));
  if (confirmations.length !== 1) return 'Its subject is not confirmed exactly once.';
  if (confirmationDataOf(assertion) === undefined)
    return 'The confirmation of its subject says nothing.';
  return subject.children.every(({ name }) => known.has(name))
    ? undefined
    : 'An element stands in its subject that the schema has not.';
}

function confirmationOf(assertion: XmlElement): XmlElement | undefined {
  const subject = childOf(assertion, saml('Subject'));
  return subject && childOf(subject, saml('SubjectConfirmation'));
}

function confirmationDataOf(assertion: XmlElement): XmlElement | undefined {
  const confirmation = confirmationOf(assertion);
  return confirmation && childOf(confirmation, saml('SubjectConfirmationData'));
}

function confirmationTimeFault({ assertion, expected }: Asserted): Finding {
  const attributes = confirmationDataOf(assertion)?.attributes;
  // Profiles §4.1.4.2: a bearer's confirmation has no beginning.
  if (attributes?.has('NotBefore')) return 'The confirmation of its subject has a beginning.';
  const until = instantOf(attributes?.get('NotOnOrAfter'));
  if (until === undefined)
    return 'The confirmation of its subject does not say in UTC when it ends.';
  if (!isPast(until, expected)) return undefined;
  return {
    because: 'The confirmation of its subject has expired.',
    facts: times({ until }, expected),
  };
}

const knownConditions = new Set(
  ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'].map(saml),
);

/** Core §2.5.1: a condition that is not understood makes the assertion worthless. */
function conditionsFault({ assertion }: Asserted): Finding {
  const conditions = childOf(assertion, saml('Conditions'));
  if (conditions === undefined) return 'It has no conditions.';
  const strange = conditions.children.find(({ name }) => !knownConditions.has(name));
  return strange === undefined
    ? undefined
    : {
        because: 'It has a condition that nobody here understands.',
        facts: { condition: shown(strange.name) },
      };
}

function conditionsTimeFault({ assertion, expected }: Asserted): Finding {
  const attributes = childOf(assertion, saml('Conditions'))?.attributes;
  const until = instantOf(attributes?.get('NotOnOrAfter'));
  const from = instantOf(attributes?.get('NotBefore'));
  if (until === undefined) return 'Its conditions do not say in UTC until when it holds.';
  if (from === undefined && attributes?.has('NotBefore'))
    return 'Its conditions begin at no time in UTC.';
  if (isPast(until, expected))
    return { because: 'It has expired.', facts: times({ until }, expected) };
  if (from !== undefined && isFuture(from, expected)) {
    return { because: 'It does not hold yet.', facts: times({ from }, expected) };
  }
  return undefined;
}

function audienceFault({ assertion, expected: { entityId } }: Asserted): Finding {
  const conditions = childOf(assertion, saml('Conditions'));
  const restrictions = conditions ? childrenOf(conditions, saml('AudienceRestriction')) : [];
  const audiences = restrictions.map((restriction) =>
    childrenOf(restriction, saml('Audience')).map(({ text }) => text),
  );
  if (audiences.length > 0 && audiences.every((each) => each.includes(entityId))) return undefined;
  return {
    because: 'It is meant for another service.',
    facts: { audience: shown(audiences.flat().join(' ') || undefined), expected: entityId },
  };
}

function authnFault({ assertion, expected }: Asserted): Finding {
  const statements = childrenOf(assertion, saml('AuthnStatement'));
  if (statements.length !== 1) return 'It does not say exactly once how the person signed in.';
  const instant = instantOf(statements[0]?.attributes.get('AuthnInstant'));
  if (instant === undefined) return 'It does not say in UTC when the person signed in.';
  return isFuture(instant, expected)
    ? {
        because: 'The person is said to sign in in the future.',
        facts: times({ at: instant }, expected),
      }
    : undefined;
}

function sessionFault({ assertion, expected }: Asserted): Finding {
  const attributes = childOf(assertion, saml('AuthnStatement'))?.attributes;
  if (!attributes?.has('SessionNotOnOrAfter')) return undefined;
  const until = instantOf(attributes.get('SessionNotOnOrAfter'));
  if (until === undefined) return 'Its session ends at no time in UTC.';
  return isPast(until, expected)
    ? { because: 'The session at the provider is over.', facts: times({ until }, expected) }
    : undefined;
}

function attributesFault({ assertion }: Asserted): Finding {
  for (const statement of childrenOf(assertion, saml('AttributeStatement'))) {
    for (const { name, attributes, children } of statement.children) {
      if (name === saml('EncryptedAttribute'))
        return 'An attribute is encrypted by itself, which is not accepted.';
      if (name !== saml('Attribute') || !attributes.get('Name')) return 'An attribute has no name.';
      const strange = children.find(
        (value) => value.name !== saml('AttributeValue') || isMixed(value),
      );
      if (strange === undefined) continue;
      const facts = { attribute: shown(attributes.get('Name')) };
      return { because: 'In the value of an attribute elements stand between text.', facts };
    }
  }
  return undefined;
}

/** Two readers take two values from text that elements cut in pieces. */
function isMixed({ children, text }: XmlElement): boolean {
  return children.length > 0 && text.trim() !== '';
}

/** All values of attributes of one name, in their order. A value made of elements is none. */
export function claimsOf(assertion: XmlElement): Claims {
  const claims = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, saml('AttributeStatement'))) {
    for (const attribute of childrenOf(statement, saml('Attribute'))) {
      const name = attribute.attributes.get('Name') ?? '';
      const values = claims.get(name) ?? [];
      claims.set(name, values);
      for (const { children, text } of childrenOf(attribute, saml('AttributeValue'))) {
        if (children.length === 0 && text !== '') values.push(text);
      }
    }
  }
  return Object.fromEntries(claims);
}

function times(instants: Readonly<Record<string, Date>>, { now }: ResponseExpectation) {
  return Object.fromEntries(
    Object.entries({ ...instants, now }).map(([name, date]) => [name, date.toISOString()]),
  );
}
