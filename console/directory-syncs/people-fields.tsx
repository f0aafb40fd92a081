// How people are found in the desk, and what becomes of those who leave, in the editor.
import { Checkbox, Fieldset, Stack, TextInput } from '@mantine/core';
import { Choice } from '#console/single-sign-on/fields.tsx';
import type { Editing } from './draft.ts';

const gone = { deactivate: 'are deactivated', review: 'wait for your decision' } as const;
const disabled = { deactivate: 'are deactivated', keep: 'stay active' } as const;

export function People({ draft, set }: Editing) {
  const matching = (name: 'userMatching' | 'agentMatching', whom: string) => (
    <TextInput
      label={`${whom} are found by`}
      description="The surest first, commas between: email, login, samAccountName, other1…"
      maxLength={1_000}
      spellCheck={false}
      value={draft[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <Fieldset legend="People" variant="unstyled" className="sign-on-group">
      <Stack gap="md" className="narrow">
        {matching('userMatching', 'Users')}
        {matching('agentMatching', 'Agents')}
        <TextInput
          label="The field that keeps the directory’s id"
          description="One of other1 to other5, or custom: and a name; none when it is empty."
          maxLength={100}
          spellCheck={false}
          value={draft.idField}
          onChange={(event) => set({ idField: event.currentTarget.value })}
        />
        <Choice
          label="Those who are gone from every place"
          value={draft.leavers.gone}
          words={gone}
          choose={(chosen) => set({ leavers: { ...draft.leavers, gone: chosen } })}
        />
        <Choice
          label="Those who are disabled in the directory"
          value={draft.leavers.disabled}
          words={disabled}
          choose={(chosen) => set({ leavers: { ...draft.leavers, disabled: chosen } })}
        />
        <Checkbox
          label="Contacts are people too"
          checked={draft.contacts}
          onChange={(event) => set({ contacts: event.currentTarget.checked })}
        />
      </Stack>
    </Fieldset>
  );
}
