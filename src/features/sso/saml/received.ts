// The fields of a SAML form, judged before anything is decoded: once each, and base64 to the letter.

export type Field = 'SAMLRequest' | 'SAMLResponse';

export type Received =
  | { readonly xml: Buffer; readonly relayState: string | undefined }
  | { readonly wrong: string; readonly relayState: string | undefined };

/** 256 kB of XML, as base64 in a form that encodes its signs, and a RelayState. */
export const formBytesMax = 400 * 1024;

const relayStateMax = 1_024;

export function received(form: Readonly<Record<string, unknown>>, field: Field): Received {
  const { [field]: message, RelayState: given } = form;
  const known = typeof given === 'string' && given.length <= relayStateMax;
  const relayState = known && given !== '' ? given : undefined;
  const wrong = (because: string) => ({ wrong: because, relayState });
  if (given !== undefined && !known) {
    return wrong(
      `The form has ${Array.isArray(given) ? 'more than one' : 'too long a'} RelayState.`,
    );
  }
  const other = field === 'SAMLRequest' ? 'SAMLResponse' : 'SAMLRequest';
  if (form[other] !== undefined)
    return wrong(`The form holds a ${other}, which is not expected here.`);
  if (message === undefined || message === '') return wrong(`The form holds no ${field}.`);
  if (typeof message !== 'string') return wrong(`The form holds more than one ${field}.`);
  const xml = fromBase64(message);
  return xml === undefined ? wrong(`The ${field} is not base64.`) : { xml, relayState };
}

/** Lines may be broken (RFC 2045 §6.8); anything else is no base64, and Node would pass over it. */
function fromBase64(text: string): Buffer | undefined {
  const joined = text.replace(/[\r\n\t ]/g, '');
  const bytes = Buffer.from(joined, 'base64');
  return bytes.toString('base64') === joined ? bytes : undefined;
}
