// JSON Schemas of answers, as fast-json-stringify wants them: what is not declared is left out.
import { z } from 'zod';

type JsonSchema = { [name: string]: unknown };

/** The schema a /v1 answer is trimmed by. Shapes only: an answer was checked when it was made. */
export function trimmingSchema(schema: z.ZodType): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: 'output',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => soften(jsonSchema),
  });
  const { $schema: _, '~standard': __, ...plain }: JsonSchema = { ...made };
  return plain;
}

const checksOfText = ['pattern', 'format', 'minLength', 'maxLength', 'contentEncoding'];
const checksOfNumber = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const notShape = [...checksOfText, ...checksOfNumber, 'default', 'minItems', 'maxItems'];

/** `additionalProperties: false` would fail a branch of a union for one member too many. */
function soften(schema: JsonSchema): void {
  for (const name of notShape) delete schema[name];
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.type === 'integer') schema.type = 'number';
  makeNullable(schema);
}

/** `X or null` is spelt as a nullable X: quicker to write than a union that tries both. */
function makeNullable(schema: JsonSchema): void {
  const branches = schema.anyOf;
  if (!Array.isArray(branches) || branches.length !== 2) return;
  const [one, none]: (JsonSchema | undefined)[] = branches;
  if (none?.type !== 'null' || one?.type === undefined) return;
  delete schema.anyOf;
  Object.assign(schema, one, { nullable: true });
}
