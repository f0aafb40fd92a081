// The names of SAML, XML signatures and XML encryption, as {namespace}local.
import { algorithms, spaces, statuses } from './words.ts';

const encryptionNamespace = 'http://www.w3.org/2001/04/xmlenc#';
const encryption11Namespace = 'http://www.w3.org/2009/xmlenc11#';

export const samlp = (local: string) => `{${spaces.protocol}}${local}`;
export const saml = (local: string) => `{${spaces.assertion}}${local}`;
export const ds = (local: string) => `{${spaces.signature}}${local}`;
export const xenc = (local: string) => `{${encryptionNamespace}}${local}`;
export const xenc11 = (local: string) => `{${encryption11Namespace}}${local}`;

export const { exclusive, enveloped } = algorithms;
export const inclusiveNamespaces = `{${exclusive}}InclusiveNamespaces`;

export const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
export const { success, partial: partialLogout } = statuses;
export const unspecifiedFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
export const entityFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
