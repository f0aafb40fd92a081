// What stands where in a message: one root, one assertion, no IDs twice, signatures in their place, all in the schema's order.
import type { Finding, Row } from './check.ts';
import { shown } from './check.ts';
import { childrenOf, everyElement, type XmlElement } from './document.ts';
import { ds, saml, samlp, success } from './names.ts';

export type MessageKind = 'Response' | 'LogoutRequest' | 'LogoutResponse';

export type Structure = {
  readonly kind: MessageKind | 'Assertion';
  readonly root: XmlElement;
  /** The document that it was decrypted from. */
  readonly around: XmlElement | undefined;
  /** False: the query was signed instead, and nothing in the document may be. */
  readonly maySign: boolean;
};

const rootNames = {
  Response: samlp('Response'),
  LogoutRequest: samlp('LogoutRequest'),
  LogoutResponse: samlp('LogoutResponse'),
  Assertion: saml('Assertion'),
} as const;

const messages: ReadonlySet<string> = new Set([
  ...['Response', 'ArtifactResponse', 'AuthnRequest', 'LogoutRequest', 'LogoutResponse'].map(samlp),
]);
const assertions: ReadonlySet<string> = new Set([saml('Assertion'), saml('EncryptedAssertion')]);

/** Children in the schema's order, with the least and the most of each. */
const orders: Readonly<Record<Structure['kind'], readonly (readonly [string, number, number])[]>> =
  {
    Response: [
      [saml('Issuer'), 0, 1],
      [ds('Signature'), 0, 1],
      [samlp('Extensions'), 0, 1],
      [samlp('Status'), 1, 1],
      // How many there must be is asked by name.
      [saml('Assertion'), 0, Number.POSITIVE_INFINITY],
      [saml('EncryptedAssertion'), 0, Number.POSITIVE_INFINITY],
    ],
    LogoutRequest: [
      [saml('Issuer'), 0, 1],
      [ds('Signature'), 0, 1],
      [samlp('Extensions'), 0, 1],
      [saml('BaseID'), 0, 1],
      [saml('NameID'), 0, 1],
      [saml('EncryptedID'), 0, 1],
      [samlp('SessionIndex'), 0, Number.POSITIVE_INFINITY],
    ],
    LogoutResponse: [
      [saml('Issuer'), 0, 1],
      [ds('Signature'), 0, 1],
      [samlp('Extensions'), 0, 1],
      [samlp('Status'), 1, 1],
    ],
    Assertion: [
      [saml('Issuer'), 1, 1],
      [ds('Signature'), 0, 1],
      [saml('Subject'), 0, 1],
      [saml('Conditions'), 0, 1],
      [saml('Advice'), 0, 1],
    ],
  };
const statements = new Set(
  ['Statement', 'AuthnStatement', 'AuthzDecisionStatement', 'AttributeStatement'].map(saml),
);

export const structureChecks: readonly Row<Structure>[] = [
  {
    name: 'saml.root',
    run: ({ root, kind }) =>
      root.name === rootNames[kind]
        ? undefined
        : { because: `It is no ${kind}.`, facts: { root: shown(root.name) } },
  },
  {
    name: 'saml.version',
    run: ({ root }) =>
      bearers(root).every(({ attributes }) => attributes.get('Version') === '2.0')
        ? undefined
        : 'Its version is not 2.0.',
  },
  {
    name: 'saml.id',
    run: ({ root }) =>
      bearers(root).every(({ attributes }) => isId(attributes.get('ID')))
        ? undefined
        : 'It, or its assertion, has no ID in the form that XML has for one.',
  },
  { name: 'saml.unique-ids', run: idFault },
  {
    name: 'saml.xml-attributes',
    run: ({ root }) =>
      everyElement(root).some(({ attributes }) => [...attributes.keys()].some(isForeign))
        ? 'An attribute of XML itself (xml:id, xml:base) stands in it.'
        : undefined,
  },
  {
    name: 'saml.one-message',
    run: ({ root }) =>
      everyElement(root)
        .slice(1)
        .some(({ name }) => messages.has(name))
        ? 'Another message is wrapped in it.'
        : undefined,
  },
  { name: 'saml.one-assertion', run: assertionFault },
  { name: 'saml.signature-place', run: signatureFault },
  { name: 'saml.order', run: ({ root, kind }) => orderFault(root, kind) },
];

/** The elements that have a version and an ID: the root and its assertions. */
function bearers(root: XmlElement): readonly XmlElement[] {
  return [root, ...childrenOf(root, saml('Assertion'))];
}

/** xs:ID, in ASCII. */
function isId(value: string | undefined): boolean {
  return /^[A-Za-z_][A-Za-z0-9._-]{0,255}$/.test(value ?? '');
}

/** Any spelling counts, in any namespace: other readers look for other ones. */
function idFault({ root, around }: Structure): Finding {
  const ids = [
    ...everyElement(root),
    ...(around === undefined ? [] : everyElement(around)),
  ].flatMap(({ attributes }) =>
    [...attributes].flatMap(([name, value]) => (/^(?:\{[^}]*\})?id$/i.test(name) ? [value] : [])),
  );
  return new Set(ids).size === ids.length ? undefined : 'Two elements have one ID.';
}

function isForeign(name: string): boolean {
  return (
    name.startsWith('{http://www.w3.org/XML/1998/namespace}') && !/\}(?:lang|space)$/.test(name)
  );
}

function assertionFault({ root, kind }: Structure): Finding {
  const all = everyElement(root)
    .slice(1)
    .filter(({ name }) => assertions.has(name));
  const own = root.children.filter(({ name }) => assertions.has(name));
  if (all.length > own.length) return 'An assertion is wrapped in another element.';
  if (kind !== 'Response')
    return own.length === 0 ? undefined : 'An assertion stands where none belongs.';
  if (own.length === 1) return undefined;
  return { because: 'It holds no assertion, or more than one.', facts: { assertions: own.length } };
}

function signatureFault({ root, kind, maySign }: Structure): Finding {
  const all = everyElement(root).filter(({ name }) => name.endsWith('}Signature'));
  const holders = kind === 'Response' ? [root, ...childrenOf(root, saml('Assertion'))] : [root];
  const placed = holders.flatMap((holder) => childrenOf(holder, ds('Signature')).slice(0, 1));
  if (all.length > placed.length) return 'A signature stands where none belongs.';
  return maySign || all.length === 0
    ? undefined
    : 'It is signed inside, though its query is signed.';
}

function orderFault(root: XmlElement, kind: Structure['kind']): Finding {
  let at = 0;
  for (const [name, least, most] of orders[kind]) {
    let count = 0;
    while (root.children[at]?.name === name) {
      at += 1;
      count += 1;
    }
    if (count < least || count > most)
      return { because: `There are ${count} of one element.`, facts: { element: name } };
  }
  // Statements come in any order.
  const rest = root.children.slice(at);
  const left = rest.find(({ name }) => kind !== 'Assertion' || !statements.has(name));
  if (left !== undefined) {
    return {
      because: 'An element stands where the schema has none.',
      facts: { element: shown(left.name) },
    };
  }
  if (root.text.trim() !== '') return 'Text stands between its elements.';
  const [assertion] = childrenOf(root, saml('Assertion'));
  return assertion === undefined ? undefined : orderFault(assertion, 'Assertion');
}

/** Of a response: success, and nothing else, however much of an assertion comes with it. */
export const statusChecks: readonly Row<Structure>[] = [
  {
    name: 'saml.status',
    run: ({ root }) => {
      const status = root.children.find(({ name }) => name === samlp('Status'));
      const codes = status === undefined ? [] : statusCodes(status);
      if (codes.length === 1 && codes[0] === success) return undefined;
      const message = status && childrenOf(status, samlp('StatusMessage'))[0]?.text.trim();
      return {
        because: 'The provider did not sign this person in.',
        facts: {
          status: shown(codes.join(' / ')),
          ...(message ? { message: shown(message) } : {}),
        },
      };
    },
  },
];

/** The outer code first; those of one level side by side count as they stand. */
export function statusCodes(status: XmlElement): readonly string[] {
  return childrenOf(status, samlp('StatusCode')).flatMap((code) => [
    code.attributes.get('Value') ?? '',
    ...statusCodes(code),
  ]);
}
