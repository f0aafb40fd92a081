// The security schemas in our OpenAPI document, member by member beside Halo's own and the reference's tables.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import {
  type ComponentMember,
  memberOfComponent,
  membersOfComponent,
} from '#test/contracts/halo-components.ts';
import { type TableMember, tablesOf } from '#test/contracts/halo-tables.ts';

const root = join(import.meta.dirname, '../..');
const reference = join(root, '../shared/reference');
const tablesFile = join(reference, 'halo-api.md');
const halosFile = join(reference, 'data/halo-openapi-2024-09.json');
const missing = existsSync(tablesFile) && existsSync(halosFile);
const skip = missing ? false : `the reference is not at ${reference}`;

/** The schemas that are done. A schema is added here with the slice that brings it. */
const done: readonly string[] = [
  'AuditPasswordField',
  'ImpersonationRequest',
  'KeyVault',
  'SecureSecretLink',
  'SingleSignOnApplication',
  'IntegrationFieldMapping',
  'SecurityQuestion',
  'NPR_Result',
  'Audit',
  'LDAPConnection',
  'LDAPName',
  'LDAPString',
  'LDAPUser',
];

/** Members that Halo's older document has and its newer one dropped: the reference's tables say so. */
const dropped: readonly string[] = ['LDAPConnection.phppassword'];

const Document = z.looseObject({
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

describe('A schema of Halo’s in our OpenAPI document', { skip }, () => {
  const tables = skip === false ? tablesOf(readFileSync(tablesFile, 'utf8')) : new Map();
  const ours = schemasOf(join(root, 'docs/openapi.json'));
  const halos = skip === false ? schemasOf(halosFile) : {};

  for (const name of done) {
    it(`${name} has every member of the reference and no other`, () => {
      const wanted: readonly TableMember[] = tables.get(name) ?? [];
      const found = membersOfComponent(name, ours);

      assert.ok(wanted.length > 0, `the reference has no table ${name}`);
      assert.deepEqual(
        found.map((member) => member.name).sort(),
        wanted.map((member) => member.name).sort(),
      );
    });

    it(`${name} gives each member its type and says whether it may be null`, () => {
      const wanted: readonly TableMember[] = tables.get(name) ?? [];

      const wrong = wanted.flatMap((member) => differences(member, name, ours));

      assert.deepEqual(wrong, []);
    });

    it(`${name} marks what is only written, which no answer may hold`, () => {
      const wanted: readonly TableMember[] = tables.get(name) ?? [];
      const found = membersOfComponent(name, ours);

      for (const { name: member, kind } of wanted) {
        const isMarked = found.some((one) => one.name === member && one.writeOnly);
        if (kind === 'write-only') assert.ok(isMarked, `${name}.${member} is not write-only`);
      }
    });

    it(`${name} agrees with Halo’s own document where that has it`, () => {
      const wrong = membersOfComponent(name, halos)
        .filter((member) => !dropped.includes(`${name}.${member.name}`))
        .flatMap((member) => differences(member, name, ours));

      assert.deepEqual(wrong, []);
    });
  }

  it('is found wanting when a member is missing, of another type or never null', () => {
    const schemas = schemasOf(join(root, 'docs/openapi.json'));
    const model = { type: 'object', properties: { id: { type: 'string' }, name: {} } };
    const bent = { ...schemas, Bent: model };

    const wrong = [
      { name: 'id', type: 'int', nullable: false },
      { name: 'name', type: 'string', nullable: true },
      { name: 'enabled', type: 'bool', nullable: true },
    ].flatMap((member) => differences(member, 'Bent', bent));

    assert.equal(wrong.length, 3);
  });
});

type Wanted = Pick<TableMember, 'name' | 'type' | 'nullable'>;

function differences(
  wanted: Wanted,
  model: string,
  schemas: Readonly<Record<string, unknown>>,
): string[] {
  const found: ComponentMember | undefined = memberOfComponent(model, wanted.name, schemas);
  if (found === undefined) return [`${model}.${wanted.name} is missing`];
  const isAny = wanted.type === 'any';
  const sameNull = isAny || found.nullable === wanted.nullable;
  if (found.type === wanted.type && sameNull) return [];
  const spelt = ({ type, nullable }: Pick<Wanted, 'type' | 'nullable'>) =>
    `${type}${nullable ? '?' : ''}`;
  return [`${model}.${wanted.name} is ${spelt(found)} and not ${spelt(wanted)}`];
}

function schemasOf(file: string): Readonly<Record<string, unknown>> {
  return Document.parse(JSON.parse(readFileSync(file, 'utf8'))).components.schemas;
}
