// Which attribute of the directory fills which field of the desk, in the editor.
import { Button, Fieldset, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { customField, deskFields } from '#domain/sync/fields.ts';
import { type Editing, type MappingRow, newMapping } from './draft.ts';

const targets = { user: 'users', agent: 'agents', 'new-user': 'new users, once' } as const;
const isTarget = (word: string): word is keyof typeof targets => Object.hasOwn(targets, word);

/** The place of a person decides these. */
const byPlace = new Set(['siteId', 'userRoleId', 'roleIds', 'cabId']);

export function Mappings({ draft: { fields }, set }: Editing) {
  const [made, setMade] = useState(0);
  const change = (key: string, more: Partial<MappingRow>) =>
    set({ fields: fields.map((row) => (row.key === key ? { ...row, ...more } : row)) });
  return (
    <Fieldset legend="Fields" variant="unstyled" className="sign-on-group">
      <details className="folded">
        <summary>
          {fields.length} {fields.length === 1 ? 'field is' : 'fields are'} filled
        </summary>
        <table className="plain mappings">
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              <th scope="col">fills the field</th>
              <th scope="col">of</th>
              <th scope="col">
                <span className="aside">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {fields.map((row) => (
              <Row
                key={row.key}
                row={row}
                set={(more) => change(row.key, more)}
                drop={() => set({ fields: fields.filter(({ key }) => key !== row.key) })}
              />
            ))}
          </tbody>
        </table>
        <Button
          variant="default"
          onClick={() => {
            setMade(made + 1);
            set({ fields: [...fields, newMapping(`new-${made}`)] });
          }}
        >
          Add a field
        </Button>
      </details>
    </Fieldset>
  );
}

function Row({
  row,
  set,
  drop,
}: {
  readonly row: MappingRow;
  readonly set: (change: Partial<MappingRow>) => void;
  readonly drop: () => void;
}) {
  const column = row.target === 'agent' ? 'ofAgent' : 'ofUser';
  const names = deskFields
    .filter((field) => field[column] !== null && !byPlace.has(field.name))
    .map(({ name }) => name);
  const isOther = row.to !== '' && !names.includes(row.to);
  const called = row.from || 'a new one';
  return (
    <tr>
      <td>
        <TextInput
          aria-label={`Attribute: ${called}`}
          required
          maxLength={4_000}
          spellCheck={false}
          autoComplete="off"
          value={row.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
        />
      </td>
      <td>
        <NativeSelect
          aria-label={`Field that ${called} fills`}
          required
          value={row.to}
          data={[
            { value: '', label: 'choose one' },
            ...names,
            ...(isOther ? [{ value: row.to, label: row.to.replace(customField, '') }] : []),
          ]}
          onChange={(event) => set({ to: event.currentTarget.value })}
        />
      </td>
      <td>
        <NativeSelect
          aria-label={`Whose field ${called} fills`}
          value={row.target}
          data={Object.entries(targets).map(([value, label]) => ({ value, label }))}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (isTarget(value)) set({ target: value });
          }}
        />
      </td>
      <td>
        <Button variant="default" onClick={drop} aria-label={`Remove the field: ${called}`}>
          Remove
        </Button>
      </td>
    </tr>
  );
}
