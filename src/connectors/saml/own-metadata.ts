// The hub as a provider is told of it: its addresses, its certificate, and what it asks for.
import type { OwnMetadata, SamlSelf } from '#domain/ports/saml.ts';
import { attribute, escaped, instant, newId } from './request.ts';
import { signed } from './signing.ts';
import { bindings, encryption, spaces } from './words.ts';

/** Providers that read it from its address do so at least daily. */
const validMs = 7 * 24 * 60 * 60_000;

export function ownMetadata(self: SamlSelf, asked: OwnMetadata): string {
  const until = new Date(asked.now.getTime() + validMs);
  const slo = (['redirect', 'post'] as const).map(
    (binding) =>
      `<md:SingleLogoutService Binding="${bindings[binding]}"${attribute('Location', self.slo)}/>`,
  );
  const format =
    asked.nameIdFormat === null
      ? ''
      : `<md:NameIDFormat>${escaped(asked.nameIdFormat)}</md:NameIDFormat>`;
  const document =
    `<md:EntityDescriptor xmlns:md="${spaces.metadata}" xmlns:ds="${spaces.signature}"` +
    `${attribute('ID', newId())}${attribute('entityID', self.entityId)}` +
    `${attribute('validUntil', instant(until))} cacheDuration="P1D">` +
    `<md:SPSSODescriptor AuthnRequestsSigned="${asked.signsRequests}"` +
    ` WantAssertionsSigned="${asked.wantsAssertionsSigned}"` +
    ` protocolSupportEnumeration="${spaces.protocol}">` +
    keyFor('signing', asked.key.certificate, '') +
    keyFor('encryption', asked.key.certificate, methods) +
    slo.join('') +
    format +
    `<md:AssertionConsumerService Binding="${bindings.post}"${attribute('Location', self.acs)}` +
    ' index="0" isDefault="true"/></md:SPSSODescriptor></md:EntityDescriptor>';
  return signed(document, asked.key, {});
}

/** A provider that reads these chooses what the hub decrypts, and not what is older. */
const methods = [...encryption.contents, ...encryption.keys]
  .map((algorithm) => `<md:EncryptionMethod Algorithm="${algorithm}"/>`)
  .join('');

function keyFor(use: string, certificate: string, inside: string): string {
  const base64 = certificate.replace(/-----[A-Z ]+-----|\s/g, '');
  return (
    `<md:KeyDescriptor use="${use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${base64}` +
    `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${inside}</md:KeyDescriptor>`
  );
}
