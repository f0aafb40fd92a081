// Reads a component of an OpenAPI document, 3.0 or 3.1, in the words of the reference's tables.
import { z } from 'zod';

export type ComponentMember = {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly writeOnly: boolean;
};

type Schemas = Readonly<Record<string, unknown>>;
type Node = Readonly<Record<string, unknown>>;

const Model = z.looseObject({ properties: z.record(z.string(), z.looseObject({})).default({}) });

export function membersOfComponent(model: string, schemas: Schemas): readonly ComponentMember[] {
  const { properties } = Model.catch({ properties: {} }).parse(schemas[model]);
  return Object.entries(properties).map(([name, node]) => ({ name, ...typeOf(node, schemas) }));
}

export function memberOfComponent(
  model: string,
  member: string,
  schemas: Schemas,
): ComponentMember | undefined {
  return membersOfComponent(model, schemas).find(({ name }) => name === member);
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'datetime',
  uuid: 'uuid',
  int64: 'int64',
};

function typeOf(node: Node, schemas: Schemas): Omit<ComponentMember, 'name'> {
  const branches = [node.anyOf, node.oneOf].find(Array.isArray);
  const nodes = branches === undefined ? [node] : z.array(z.looseObject({})).parse(branches);
  const [one = {}] = nodes.filter(({ type }) => type !== 'null');
  const types = [one.type].flat().filter((type) => type !== undefined);
  const isReference = typeof one.$ref === 'string';
  return {
    type: nameOf(one, types, schemas),
    nullable:
      nodes.length > 1 ||
      types.includes('null') ||
      one.nullable === true ||
      // OpenAPI 3.0 cannot say that a reference may be null; the reference says that all may.
      isReference,
    writeOnly: node.writeOnly === true,
  };
}

function nameOf(node: Node, types: readonly unknown[], schemas: Schemas): string {
  if (typeof node.$ref === 'string') return node.$ref.split('/').at(-1) ?? '';
  const format = typeof node.format === 'string' ? node.format : '';
  const [type = 'any'] = types.filter((one) => one !== 'null');
  switch (type) {
    case 'integer':
      return formats[format] ?? 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return formats[format] ?? 'string';
    case 'array':
      return `${typeOf(z.looseObject({}).catch({}).parse(node.items), schemas).type}[]`;
    default:
      return String(type);
  }
}
