// Every check of a SAML message: what it asks, and what an administrator does when it fails. They are asked in this order.
import type { CheckRow } from './trace.ts';

const notTheirs = 'No provider writes this. If it is not an attack, tell the provider’s vendor.';
const askSupport =
  'Compare the message in the provider’s own log; whoever altered it on the way must stop doing so.';
const clocks =
  'Set the clocks of both systems by a time server; one minute of difference is allowed.';

export const samlChecks = {
  // The octets, before a parser sees them.
  'saml.size': {
    asks: 'The message has at most 256 KB',
    mend: 'Let the provider send fewer attributes: groups that are assigned to this application only.',
  },
  'saml.encoding': { asks: 'It is XML 1.0 in UTF-8, without a byte order mark', mend: notTheirs },
  'saml.characters': {
    asks: 'It holds only characters that XML allows and every parser reads alike',
    mend: 'Take control characters out of the person’s attributes at the provider.',
  },
  'saml.doctype': { asks: 'It declares no document type', mend: notTheirs },
  'saml.instruction': { asks: 'It holds no processing instruction', mend: notTheirs },
  'saml.comment': { asks: 'It holds no comment', mend: notTheirs },
  'saml.cdata': { asks: 'It holds no CDATA section', mend: notTheirs },
  'saml.entity': { asks: 'It refers to no entity beyond the five of XML', mend: notTheirs },
  'saml.depth': { asks: 'Its elements nest at most 64 deep', mend: notTheirs },
  'saml.breadth': {
    asks: 'It has at most 600 elements, and as many names and attributes as a message needs',
    mend: 'Let the provider send fewer attributes: groups that are assigned to this application only.',
  },
  'saml.namespaces': {
    asks: 'Every prefix is declared, and every namespace an absolute URI',
    mend: notTheirs,
  },
  'saml.well-formed': { asks: 'It is well-formed XML with one root', mend: notTheirs },
  'saml.one-reading': { asks: 'The parser reads just what is written', mend: notTheirs },

  // What is in it.
  'saml.status': {
    asks: 'The provider says that it succeeded, and nothing else',
    mend: 'Look the person’s sign-in up in the provider’s log: it refused, for the reason shown.',
  },
  'saml.root': {
    asks: 'It is the kind of message that belongs at this address',
    mend: 'Enter at the provider the addresses that the hub’s metadata name.',
  },
  'saml.version': {
    asks: 'It and its assertion are SAML 2.0',
    mend: 'Set the provider to SAML 2.0.',
  },
  'saml.id': { asks: 'It and its assertion have an ID', mend: notTheirs },
  'saml.unique-ids': { asks: 'No ID stands in it twice, in whatever spelling', mend: notTheirs },
  'saml.xml-attributes': { asks: 'Neither xml:id nor xml:base stands in it', mend: notTheirs },
  'saml.one-message': { asks: 'No other message is wrapped in it', mend: notTheirs },
  'saml.one-assertion': {
    asks: 'It holds exactly one assertion, plain or encrypted, right below its root',
    mend: 'Let the provider send one assertion for this application.',
  },
  'saml.signature-place': {
    asks: 'Signatures stand only right below the message and its assertion, one each',
    mend: notTheirs,
  },
  'saml.order': { asks: 'Its elements stand where the schema of SAML has them', mend: notTheirs },

  // How much of it is protected.
  'saml.response-signed': {
    asks: 'The response is signed, where the application asks for it',
    mend: 'Let the provider sign responses, or stop asking for it in the application.',
  },
  'saml.encrypted': {
    asks: 'The assertion is encrypted, where the application asks for it',
    mend: 'Give the provider the certificate in the hub’s metadata to encrypt with, or stop asking for it.',
  },
  'saml.signed': {
    asks: 'The assertion is covered by a signature; so is a logout message',
    mend: 'Let the provider sign assertions and logout messages.',
  },
  'saml.assertion-signed': {
    asks: 'The assertion itself is signed, where the application asks for it',
    mend: 'Let the provider sign assertions, or ask for signed responses instead in the application.',
  },

  // A signature, in XML or over a query.
  'saml.query': {
    asks: 'The query holds the one message that belongs here, and each parameter once',
    mend: notTheirs,
  },
  'saml.query-signed': {
    asks: 'A message in a query is signed by the query',
    mend: 'Let the provider sign logout messages.',
  },
  'saml.signature-form': {
    asks: 'The signature has the parts that SAML uses, each once',
    mend: notTheirs,
  },
  'saml.reference': { asks: 'The signature covers the element it stands in', mend: notTheirs },
  'saml.canonicalisation': {
    asks: 'It signs the exclusive canonical form without comments',
    mend: 'Set the provider to exclusive canonicalisation.',
  },
  'saml.transforms': {
    asks: 'Its transforms are the enveloped signature and the exclusive canonical form',
    mend: 'Set the provider to exclusive canonicalisation.',
  },
  'saml.digest-algorithm': {
    asks: 'Its digest is SHA-256, SHA-384 or SHA-512',
    mend: 'Set the provider to SHA-256.',
  },
  'saml.signature-algorithm': {
    asks: 'It is signed by RSA, RSA-PSS or ECDSA with SHA-256, SHA-384 or SHA-512',
    mend: 'Set the provider to sign with SHA-256.',
  },
  'saml.certificate': {
    asks: 'The provider has a certificate that can be read',
    mend: 'Enter the provider’s signing certificate, or its metadata.',
  },
  'saml.signature': {
    asks: 'It was signed with the key of a configured certificate',
    mend: 'The provider changed its certificate, or it is another provider: read its metadata again.',
  },
  'saml.key': {
    asks: 'That key is RSA of 2048 bits and more, or of P-256, P-384 or P-521',
    mend: 'Give the provider a new, longer key.',
  },
  'saml.certificate-current': {
    asks: 'That certificate is valid today',
    mend: 'Renew the certificate at the provider, then read its metadata again.',
  },
  'saml.digest': { asks: 'Nothing was changed after it was signed', mend: askSupport },
  'saml.signed-octets': {
    asks: 'What is signed is one element, the one it is taken for, and passes the same checks again',
    mend: notTheirs,
  },
  'saml.inflate': {
    asks: 'A message in a query is deflated, and at most 256 KB inflated',
    mend: notTheirs,
  },

  // Encryption.
  'saml.decryption-key': {
    asks: 'The application has a key for encrypted assertions',
    mend: 'Make a key for the application and give the provider its metadata again.',
  },
  'saml.encryption-form': {
    asks: 'It is encrypted under one key, which comes with it',
    mend: 'Let the provider encrypt for one recipient, with the key inside of the assertion.',
  },
  'saml.encryption-algorithm': {
    asks: 'It is encrypted by AES-GCM, its key by RSA-OAEP',
    mend: 'Set the provider to AES-256-GCM and RSA-OAEP.',
  },
  'saml.encryption-cbc': {
    asks: 'AES-CBC is used only where the application allows it, in a response that is signed',
    mend: 'Set the provider to AES-GCM. If it cannot: let it sign responses, and allow CBC in the application.',
  },
  'saml.decryption': {
    asks: 'It can be decrypted',
    mend: 'The provider encrypts with another certificate: give it the hub’s metadata again.',
  },

  // The message, as it was signed.
  'saml.issuer': {
    asks: 'Message and assertion are issued by the configured provider',
    mend: 'Compare the entity ID in the application with the provider’s, letter by letter.',
  },
  'saml.destination': {
    asks: 'It is addressed to the address it came to',
    mend: 'Enter at the provider the addresses that the hub’s metadata name; check the hub’s public address.',
  },
  'saml.issue-instant': { asks: 'It was issued within the last ten minutes', mend: clocks },
  'saml.in-response-to': {
    asks: 'It answers the request that this browser began with',
    mend: 'Begin again at the hub. If the provider began: allow that in the application.',
  },

  // The assertion.
  'saml.subject': { asks: 'It has one subject, confirmed once', mend: notTheirs },
  'saml.name-id': {
    asks: 'It names one person by one NameID in the open',
    mend: 'Let the provider send a NameID, best a persistent one; or name an attribute in the application.',
  },
  'saml.bearer': {
    asks: 'The subject is confirmed by bearing the assertion',
    mend: 'Let the provider use the bearer method.',
  },
  'saml.recipient': {
    asks: 'The assertion is meant for our address',
    mend: 'Enter at the provider the address (ACS) that the hub’s metadata names.',
  },
  'saml.confirmation-time': { asks: 'The confirmation ends, and has not ended', mend: clocks },
  'saml.confirmation-request': {
    asks: 'The confirmation answers the same request',
    mend: 'Begin again at the hub.',
  },
  'saml.conditions': { asks: 'Its conditions are known ones', mend: notTheirs },
  'saml.conditions-time': { asks: 'It holds now', mend: clocks },
  'saml.audience': {
    asks: 'Every restriction of its audience names us',
    mend: 'Enter the hub’s entity ID at the provider as audience (identifier), letter by letter.',
  },
  'saml.authn-statement': {
    asks: 'It says once how and when the person signed in',
    mend: 'Let the provider send an AuthnStatement; check the clocks of both systems.',
  },
  'saml.session-time': {
    asks: 'The person’s session at the provider is not over',
    mend: 'Sign out at the provider and begin again; check the clocks of both systems.',
  },
  'saml.attributes': {
    asks: 'Its attributes are named, in the open, and their values plain',
    mend: 'Let the provider send attributes as plain text; encrypt the whole assertion instead.',
  },
  'saml.once': {
    asks: 'It was not used before',
    mend: 'Begin again at the hub: a page that was sent twice signs in once.',
  },

  // Messages about signing out.
  'saml.logout-time': { asks: 'The logout request has not expired', mend: clocks },
  'saml.session-index': { asks: 'Its session indexes are plain texts', mend: notTheirs },
  'saml.logout-status': { asks: 'The answer says what came of the logout', mend: notTheirs },
} as const satisfies Record<string, CheckRow>;

export type SamlCheck = keyof typeof samlChecks;
