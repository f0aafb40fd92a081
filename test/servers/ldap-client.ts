// Hands for tests that speak LDAP themselves: one word per wish, and refusals as their code and text.
import { Attribute, Change, type Client, Control, type Filter, ResultCodeError } from 'ldapts';

export type Refused = { readonly code: number; readonly text: string };

/** What the directory refused with; fails the test when it did not refuse. */
export async function refusedBy(work: Promise<unknown>): Promise<Refused> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ResultCodeError) return { code: error.code, text: error.message };
    throw error;
  }
  throw new Error('the directory did not refuse');
}

export function add(type: string, ...values: (string | Buffer)[]): Change {
  return change('add', type, values);
}

export function remove(type: string, ...values: (string | Buffer)[]): Change {
  return change('delete', type, values);
}

export function replace(type: string, ...values: (string | Buffer)[]): Change {
  return change('replace', type, values);
}

/** As unicodePwd wants it: quoted, UTF-16LE. */
export function unicodePwd(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}

export function control(type: string): Control {
  return new Control(type, { critical: true });
}

/** Adds an entry whose unicodePwd is given as plain text. */
export async function addWithPassword(
  client: Client,
  dn: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const list = Object.entries(attributes).map(([type, value]) => {
    const values = type === 'unicodePwd' ? [unicodePwd(value)] : [value];
    return change('add', type, values).modification;
  });
  await client.add(dn, list);
}

/** The values of one attribute, as text; identifiers as hex. */
export async function read(client: Client, dn: string, attribute: string): Promise<string[]> {
  const { searchEntries } = await client.search(dn, {
    scope: 'base',
    attributes: [attribute],
    explicitBufferAttributes: ['objectGUID', 'objectSid'],
  });
  return [searchEntries[0]?.[attribute] ?? []]
    .flat()
    .map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value));
}

/** The cn of whatever the filter finds, in order. */
export async function found(
  client: Client,
  base: string,
  filter: string | Filter,
): Promise<string[]> {
  const { searchEntries } = await client.search(base, { filter, attributes: ['cn'] });
  return searchEntries.map(({ cn }) => String(cn)).toSorted();
}

function change(
  operation: 'add' | 'delete' | 'replace',
  type: string,
  values: readonly (string | Buffer)[],
): Change {
  const buffers = values.filter((value) => Buffer.isBuffer(value));
  const texts = values.filter((value) => typeof value === 'string');
  const modification = new Attribute({ type, values: buffers.length > 0 ? buffers : texts });
  return new Change({ operation, modification });
}
