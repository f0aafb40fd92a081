// Reads what a provider says of itself: who it is, where its doors are, and by which certificates it signs.
import type { Element } from '@xmldom/xmldom';
import type {
  ReadingProvider,
  SamlBinding,
  SamlCertificate,
  SamlEndpoint,
  SamlProvider,
} from '#domain/ports/saml.ts';
import { refuse } from '#domain/problem.ts';
import { certificateOf } from './certificate.ts';
import { children, textOf } from './elements.ts';
import { parseMetadata } from './metadata-document.ts';
import { bindings, spaces } from './words.ts';

/** More certificates than any provider has: each is tried against a signature. */
const limits = { certificatesMax: 10, endpointsMax: 50, entityIdMax: 1_024 } as const;

export function readProvider(document: string, asked: ReadingProvider): SamlProvider {
  const root = parseMetadata(document);
  const found = entityOf(root, asked.entityId);
  const entityId = found.entity.getAttribute('entityID') ?? '';
  if (entityId === '' || entityId.length > limits.entityIdMax) {
    refused(`its entityID is ${entityId === '' ? 'missing' : 'too long'}`);
  }
  if (asked.entityId !== null && entityId !== asked.entityId) {
    refused(`it is of ${entityId}, and ${asked.entityId} is configured`);
  }
  const role = roleOf(found.entity, entityId);
  const above = [...found.above, found.entity, role];
  const signOn = endpointsOf(role, 'SingleSignOnService', asked.lab);
  const [first, ...others] = signOn;
  if (first === undefined) {
    refused('it names no SingleSignOnService of the binding HTTP-Redirect or HTTP-POST');
  }
  return {
    entityId,
    validUntil: earliest(above.map((element) => dateIn(element, 'validUntil'))),
    cacheSeconds: least(above.map((element) => secondsIn(element, 'cacheDuration'))),
    wantsRequestsSigned: isTrue(role.getAttribute('WantAuthnRequestsSigned')),
    signing: certificatesOf(role),
    signOn: [first, ...others],
    logout: endpointsOf(role, 'SingleLogoutService', asked.lab),
    nameIdFormats: children(role, spaces.metadata, 'NameIDFormat').map(textOf),
  };
}

type Entity = { readonly entity: Element; readonly above: readonly Element[] };

/** The entity itself, or the one of a group that was asked for: never the first of several. */
function entityOf(root: Element, wanted: string | null): Entity {
  if (isMetadata(root, 'EntityDescriptor')) return { entity: root, above: [] };
  if (!isMetadata(root, 'EntitiesDescriptor')) {
    refused('it begins with neither EntityDescriptor nor EntitiesDescriptor of SAML 2.0');
  }
  const all = entitiesIn(root, []);
  const able = all.filter(({ entity }) => rolesOf(entity).length > 0);
  const fitting =
    wanted === null ? able : all.filter(({ entity }) => entity.getAttribute('entityID') === wanted);
  const [only, ...more] = fitting;
  if (only === undefined) {
    refused(
      wanted === null ? 'no entity in it is an identity provider' : `it holds no entity ${wanted}`,
    );
  }
  if (more.length > 0) {
    refused(
      wanted === null
        ? `it holds ${fitting.length} identity providers; enter the entity ID of the one that is meant`
        : `it holds ${wanted} more than once`,
    );
  }
  return only;
}

function entitiesIn(group: Element, above: readonly Element[]): readonly Entity[] {
  const path = [...above, group];
  const own = children(group, spaces.metadata, 'EntityDescriptor');
  const inner = children(group, spaces.metadata, 'EntitiesDescriptor');
  return [
    ...own.map((entity) => ({ entity, above: path })),
    ...inner.flatMap((one) => entitiesIn(one, path)),
  ];
}

function isMetadata(element: Element, name: string): boolean {
  return element.namespaceURI === spaces.metadata && element.localName === name;
}

function rolesOf(entity: Element): readonly Element[] {
  return children(entity, spaces.metadata, 'IDPSSODescriptor').filter((role) =>
    (role.getAttribute('protocolSupportEnumeration') ?? '').split(/\s+/).includes(spaces.protocol),
  );
}

function roleOf(entity: Element, entityId: string): Element {
  const [role, ...more] = rolesOf(entity);
  if (role === undefined) {
    const service = children(entity, spaces.metadata, 'SPSSODescriptor').length > 0;
    refused(
      service
        ? `${entityId} is a service provider like this hub; enter the metadata of the identity provider`
        : `${entityId} has no IDPSSODescriptor for SAML 2.0`,
    );
  }
  if (more.length > 0) refused(`${entityId} has more than one IDPSSODescriptor for SAML 2.0`);
  return role;
}

/** Those for signing, and those without a use, which are for everything (SAML metadata §2.4.1.1). */
function certificatesOf(role: Element): SamlProvider['signing'] {
  const descriptors = children(role, spaces.metadata, 'KeyDescriptor').filter((descriptor) =>
    ['signing', ''].includes(descriptor.getAttribute('use') ?? ''),
  );
  const texts = descriptors
    .flatMap((descriptor) => children(descriptor, spaces.signature, 'KeyInfo'))
    .flatMap((info) => children(info, spaces.signature, 'X509Data'))
    // Of a chain the first is the key's own; the others would let their holders sign too.
    .flatMap((data) => children(data, spaces.signature, 'X509Certificate').slice(0, 1))
    .map(textOf);
  const read = [...new Set(texts.map((text) => text.replace(/\s/g, '')))].map(certificateIn);
  const [first, ...others] = read;
  if (first === undefined) {
    refused('it holds no certificate for signing, without which nothing it says can be believed');
  }
  if (read.length > limits.certificatesMax) {
    refused(
      `it holds ${read.length} certificates for signing; ${limits.certificatesMax} are the most`,
    );
  }
  return [first, ...others];
}

function certificateIn(base64: string): SamlCertificate {
  try {
    const lines = base64.replace(/.{64}(?=.)/g, '$&\n');
    return certificateOf(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
  } catch (error) {
    return refuse('sso-metadata.refused', { reason: 'a certificate in it cannot be read' }, error);
  }
}

function endpointsOf(role: Element, name: string, lab: boolean): readonly SamlEndpoint[] {
  const all = children(role, spaces.metadata, name);
  if (all.length > limits.endpointsMax) refused(`it holds ${all.length} times ${name}`);
  return all.flatMap((element) => {
    const binding = bindingOf(element.getAttribute('Binding'));
    if (binding === undefined) return [];
    const location = addressIn(element, 'Location', lab);
    if (location === undefined) refused(`a ${name} has no Location`);
    const response = addressIn(element, 'ResponseLocation', lab);
    return [
      { binding, location, ...(response === undefined ? {} : { responseLocation: response }) },
    ];
  });
}

function bindingOf(name: string | null): SamlBinding | undefined {
  if (name === bindings.redirect) return 'redirect';
  return name === bindings.post ? 'post' : undefined;
}

/** What the browser is sent to with a request that names its sign-on: encrypted, but in a lab. */
function addressIn(element: Element, name: string, lab: boolean): string | undefined {
  const text = element.getAttribute(name) ?? '';
  if (text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const local = lab && url?.protocol === 'http:' && isLoopback(url.hostname);
  if (url === undefined || (url.protocol !== 'https:' && !local)) {
    refused(
      `the address ${text.slice(0, 200)} of a ${element.localName} does not begin with https://`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    refused(`the address ${url.origin} of a ${element.localName} holds a password or a fragment`);
  }
  return url.href;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

function dateIn(element: Element, name: string): Date | undefined {
  const text = element.getAttribute(name) ?? '';
  if (text === '') return undefined;
  // Without a zone it is UTC (SAML core §1.3.3).
  const spelt = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?)(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const date = spelt === null ? undefined : new Date(`${spelt[1]}${spelt[2] ?? 'Z'}`);
  if (date === undefined || Number.isNaN(date.getTime()))
    refused(`its ${name} is no time: ${text.slice(0, 60)}`);
  return date;
}

/** An xs:duration; years and months as they are on average, for nobody caches by the day of the month. */
function secondsIn(element: Element, name: string): number | undefined {
  const text = element.getAttribute(name) ?? '';
  if (text === '') return undefined;
  const parts =
    /^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?$/.exec(
      text,
    );
  if (parts === null) return refused(`its ${name} is no duration: ${text.slice(0, 60)}`);
  const units = [31_556_952, 2_629_746, 86_400, 3_600, 60, 1];
  return units.reduce((sum, unit, at) => sum + unit * Number(parts[at + 1] ?? 0), 0);
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const first = least(dates.map((date) => date?.getTime()));
  return first === undefined ? undefined : new Date(first);
}

function least(numbers: readonly (number | undefined)[]): number | undefined {
  const given = numbers.filter((number) => number !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function isTrue(text: string | null): boolean {
  return text === 'true' || text === '1';
}

function refused(reason: string): never {
  return refuse('sso-metadata.refused', { reason });
}
