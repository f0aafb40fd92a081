// The names SAML 2.0 and XML signatures give to things.

export const spaces = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const;

export const bindings = {
  redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  post: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
} as const;

export const algorithms = {
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  enveloped: 'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
} as const;

/** What the hub decrypts: content by GCM alone, keys by OAEP alone. */
export const encryption = {
  contents: [
    'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    'http://www.w3.org/2009/xmlenc11#aes192-gcm',
    'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  ],
  keys: [
    'http://www.w3.org/2009/xmlenc11#rsa-oaep',
    'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  ],
} as const;

export const statuses = {
  success: 'urn:oasis:names:tc:SAML:2.0:status:Success',
  partial: 'urn:oasis:names:tc:SAML:2.0:status:PartialLogout',
  failed: 'urn:oasis:names:tc:SAML:2.0:status:Responder',
} as const;
