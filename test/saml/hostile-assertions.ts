// Genuine assertions, rightly signed, that are meant for somebody else, another time or another question.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  type AssertionParts,
  acsUrl,
  at,
  idpEntityId,
  maya,
  ourEntityId,
  type ProviderKey,
  requestId,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import type { Hostile } from './hostile.ts';

export function assertionAttacks(key: ProviderKey): readonly Hostile[] {
  const confirmation = (attributes: string) => ({ confirmationAttributes: attributes });
  const twice =
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData/></saml:SubjectConfirmation>';
  const audience = (...names: readonly string[]) =>
    `<saml:AudienceRestriction>${names.map((name) => `<saml:Audience>${name}</saml:Audience>`).join('')}</saml:AudienceRestriction>`;
  const nameId = (inner: string) => ({ nameId: inner });
  const attribute = (inner: string) => ({
    attributes: `<saml:AttributeStatement>${inner}</saml:AttributeStatement>`,
  });
  const statement = (attributes: string) => `<saml:AuthnStatement ${attributes}/>`;
  const rows: readonly (readonly [
    string,
    SamlCheck | readonly SamlCheck[],
    Partial<AssertionParts>,
  ])[] = [
    ['of another issuer', 'saml.issuer', { issuer: 'https://other.test/' }],
    ['of our issuer in capitals', 'saml.issuer', { issuer: idpEntityId.toUpperCase() }],
    ['of our issuer with a slash', 'saml.issuer', { issuer: `${idpEntityId}/` }],
    ['of our issuer with a blank', 'saml.issuer', { issuer: `${idpEntityId} ` }],
    ['of an issuer with elements', 'saml.issuer', { issuer: `<x/>${idpEntityId}` }],
    ['of version 1.1', 'saml.version', { version: '1.1' }],
    ['with an ID of blanks', 'saml.id', { id: '_a b' }],
    ['issued an hour ago', 'saml.issue-instant', { issued: at(-60) }],
    ['issued in an hour', 'saml.issue-instant', { issued: at(60) }],
    ['issued in no time zone', 'saml.issue-instant', { issued: '2026-11-20T08:00:00' }],
    ['issued in another time zone', 'saml.issue-instant', { issued: '2026-11-20T10:00:00+02:00' }],
    ['issued on 30 February', 'saml.issue-instant', { issued: '2026-02-30T08:00:00Z' }],
    ['without a subject', 'saml.subject', { subject: '' }],
    ['without a confirmation', 'saml.subject', { confirmation: '' }],
    ['with two confirmations', 'saml.subject', { confirmation: twice + twice }],
    [
      'with an empty confirmation',
      'saml.subject',
      {
        confirmation: '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>',
      },
    ],
    [
      'with something strange in its subject',
      'saml.subject',
      { nameId: `<saml:NameID>${maya}</saml:NameID><x/>` },
    ],
    ['with a subject twice', 'saml.order', { subject: `<saml:Subject/><saml:Subject/>` }],
    ['without a name', 'saml.name-id', nameId('')],
    ['with an empty name', 'saml.name-id', nameId('<saml:NameID/>')],
    ['with a name of blanks', 'saml.name-id', nameId('<saml:NameID> </saml:NameID>')],
    [
      'with a name and blanks around it',
      'saml.name-id',
      nameId(`<saml:NameID> ${maya}</saml:NameID>`),
    ],
    [
      'with two names',
      'saml.name-id',
      nameId(`<saml:NameID>${maya}</saml:NameID><saml:NameID>x</saml:NameID>`),
    ],
    [
      'with an element in its name',
      'saml.name-id',
      nameId(`<saml:NameID>admin@larkfield.test<x/>.evil.test</saml:NameID>`),
    ],
    [
      'with a name of 2,000 characters',
      'saml.name-id',
      nameId(`<saml:NameID>${'x'.repeat(2_000)}</saml:NameID>`),
    ],
    [
      'with a qualifier of 2,000 characters',
      'saml.name-id',
      nameId(`<saml:NameID SPNameQualifier="${'x'.repeat(2_000)}">x</saml:NameID>`),
    ],
    ['with an encrypted name', 'saml.name-id', nameId('<saml:EncryptedID/>')],
    ['with a base ID', 'saml.name-id', nameId('<saml:BaseID/>')],
    [
      'confirmed by holding a key',
      'saml.bearer',
      { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' },
    ],
    [
      'confirmed by whoever vouches',
      'saml.bearer',
      { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' },
    ],
    [
      'for another recipient',
      'saml.recipient',
      confirmation(
        `NotOnOrAfter="${at(5)}" Recipient="https://other.test/acs" InResponseTo="${requestId}"`,
      ),
    ],
    [
      'for no recipient',
      'saml.recipient',
      confirmation(`NotOnOrAfter="${at(5)}" InResponseTo="${requestId}"`),
    ],
    [
      'for our recipient and a query',
      'saml.recipient',
      confirmation(`NotOnOrAfter="${at(5)}" Recipient="${acsUrl}?x" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation has expired',
      'saml.confirmation-time',
      confirmation(`NotOnOrAfter="${at(-1)}" Recipient="${acsUrl}" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation never ends',
      'saml.confirmation-time',
      confirmation(`Recipient="${acsUrl}" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation ends at no time',
      'saml.confirmation-time',
      confirmation(`NotOnOrAfter="tomorrow" Recipient="${acsUrl}" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation has a beginning',
      'saml.confirmation-time',
      confirmation(
        `NotBefore="${at(-5)}" NotOnOrAfter="${at(5)}" Recipient="${acsUrl}" InResponseTo="${requestId}"`,
      ),
    ],
    [
      'that confirms another request',
      'saml.confirmation-request',
      confirmation(`NotOnOrAfter="${at(5)}" Recipient="${acsUrl}" InResponseTo="_other"`),
    ],
    [
      'that confirms no request',
      'saml.confirmation-request',
      confirmation(`NotOnOrAfter="${at(5)}" Recipient="${acsUrl}"`),
    ],
    [
      'with a condition nobody knows',
      'saml.conditions',
      { conditions: `${audience(ourEntityId)}<saml:Condition/>` },
    ],
    [
      'with a condition of another namespace',
      'saml.conditions',
      { conditions: `${audience(ourEntityId)}<OneTimeUse xmlns="urn:x"/>` },
    ],
    ['with conditions twice', 'saml.order', { advice: '<saml:Conditions/>' }],
    [
      'that has expired',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="${at(-9)}" NotOnOrAfter="${at(-1)}"` },
    ],
    [
      'that does not hold yet',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="${at(2)}" NotOnOrAfter="${at(9)}"` },
    ],
    [
      'that never expires',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="${at(-5)}"` },
    ],
    [
      'that begins at no time',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="x" NotOnOrAfter="${at(5)}"` },
    ],
    ['for another audience', 'saml.audience', { conditions: audience('urn:other') }],
    ['for no audience', 'saml.audience', { conditions: '' }],
    ['for an empty audience', 'saml.audience', { conditions: audience() }],
    [
      'for us and, in another restriction, not for us',
      'saml.audience',
      { conditions: audience(ourEntityId) + audience('urn:other') },
    ],
    [
      'for whoever begins like us',
      'saml.audience',
      { conditions: audience(`${ourEntityId}.evil.test`) },
    ],
    ['without a word on the sign-in', 'saml.authn-statement', { statement: '' }],
    [
      'with two sign-ins',
      'saml.authn-statement',
      { statement: statement(`AuthnInstant="${at(-1)}"`).repeat(2) },
    ],
    [
      'with a sign-in in the future',
      'saml.authn-statement',
      { statement: statement(`AuthnInstant="${at(5)}"`) },
    ],
    ['with a sign-in at no time', 'saml.authn-statement', { statement: statement('') }],
    [
      'whose session is over',
      'saml.session-time',
      { statement: statement(`AuthnInstant="${at(-1)}" SessionNotOnOrAfter="${at(-1)}"`) },
    ],
    [
      'whose session ends at no time',
      'saml.session-time',
      { statement: statement(`AuthnInstant="${at(-1)}" SessionNotOnOrAfter=""`) },
    ],
    [
      'with an attribute without a name',
      'saml.attributes',
      attribute('<saml:Attribute><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>'),
    ],
    ['with an encrypted attribute', 'saml.attributes', attribute('<saml:EncryptedAttribute/>')],
    [
      'with a value cut by an element',
      'saml.attributes',
      attribute(
        '<saml:Attribute Name="role"><saml:AttributeValue>adm<x/>in</saml:AttributeValue></saml:Attribute>',
      ),
    ],
    [
      'with a value cut by elements with text',
      'saml.attributes',
      attribute(
        '<saml:Attribute Name="role"><saml:AttributeValue>user<x>admin</x></saml:AttributeValue></saml:Attribute>',
      ),
    ],
    [
      'with something else among its values',
      'saml.attributes',
      attribute('<saml:Attribute Name="role"><saml:NameID>admin</saml:NameID></saml:Attribute>'),
    ],
    [
      'with a statement before its subject',
      'saml.order',
      { issuer: `${idpEntityId}</saml:Issuer><saml:AttributeStatement/><saml:Issuer>` },
    ],
    ['with text between its elements', 'saml.order', { advice: 'x' }],
  ];
  return rows.flatMap(([title, check, assertion]) =>
    (['assertion', 'response', 'both'] as const).map(
      (layout): Hostile => ({
        kind: 'response',
        title: `an assertion ${title} (layout "${layout}")`,
        check,
        xml: signedResponse(layout, key, { assertion }),
      }),
    ),
  );
}
