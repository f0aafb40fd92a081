// The name of a person in a message: read from proven octets only, byte for byte.

import type { NameId } from '#domain/sso/saml-messages.ts';
import { type Finding, shown } from './check.ts';
import { childrenOf, type XmlElement } from './document.ts';
import { saml, unspecifiedFormat } from './names.ts';

const charactersMax = 1_024;

/** Undefined: there is none. */
export function nameIdOf(within: XmlElement): NameId | undefined {
  const [element] = childrenOf(within, saml('NameID'));
  if (element === undefined) return undefined;
  const { attributes, text } = element;
  return {
    value: text,
    format: attributes.get('Format') ?? unspecifiedFormat,
    qualifiers: {
      nameQualifier: attributes.get('NameQualifier'),
      spNameQualifier: attributes.get('SPNameQualifier'),
      spProvidedId: attributes.get('SPProvidedID'),
    },
  };
}

export function nameIdFault(within: XmlElement, mayLack: boolean): Finding {
  const others = ['BaseID', 'EncryptedID'].flatMap((name) => childrenOf(within, saml(name)));
  if (others.length > 0)
    return 'The person is named by an EncryptedID or BaseID, which is not accepted.';
  const [element, ...more] = childrenOf(within, saml('NameID'));
  if (more.length > 0) return 'It names more than one person.';
  if (element === undefined) return mayLack ? undefined : 'It names nobody: there is no NameID.';
  const { text, children } = element;
  if (children.length > 0) return 'Elements stand in the name.';
  if (text === '' || text !== text.trim() || text.length > charactersMax) {
    return 'The name is empty, too long, or surrounded by blanks.';
  }
  const spNameQualifier = element.attributes.get('SPNameQualifier');
  return spNameQualifier === undefined || spNameQualifier.length <= charactersMax
    ? undefined
    : { because: 'Its qualifier is too long.', facts: { qualifier: shown(spNameQualifier) } };
}
