// The names of SAML, XML signatures and XML encryption, as {namespace}local.

const protocolNamespace = 'urn:oasis:names:tc:SAML:2.0:protocol';
const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion';
const signatureNamespace = 'http://www.w3.org/2000/09/xmldsig#';
const encryptionNamespace = 'http://www.w3.org/2001/04/xmlenc#';
const encryption11Namespace = 'http://www.w3.org/2009/xmlenc11#';

export const samlp = (local: string) => `{${protocolNamespace}}${local}`;
export const saml = (local: string) => `{${assertionNamespace}}${local}`;
export const ds = (local: string) => `{${signatureNamespace}}${local}`;
export const xenc = (local: string) => `{${encryptionNamespace}}${local}`;
export const xenc11 = (local: string) => `{${encryption11Namespace}}${local}`;

export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const enveloped = `${signatureNamespace}enveloped-signature`;
export const inclusiveNamespaces = `{${exclusive}}InclusiveNamespaces`;

export const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
export const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';
export const partialLogout = 'urn:oasis:names:tc:SAML:2.0:status:PartialLogout';
export const unspecifiedFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
export const entityFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
