// The button on the sign-in page, drawn as it will look there.
import { Button, Fieldset, FileButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { inkOn } from '#features/sign-in/sign-on-buttons.ts';
import type { Draft } from './draft.ts';
import { Choice, type Editing, TextField, Tick } from './fields.tsx';

const shown = {
  both: 'every sign-in page',
  agents: 'the page of agents',
  users: 'the page of users',
  nobody: 'none; by its own address alone',
} as const;

const logoBytesMax = 64 * 1024;

export function ButtonFields(editing: Editing) {
  const { draft, set } = editing;
  const isColour = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(draft.colour);
  return (
    <Fieldset legend="The sign-in page" variant="unstyled" className="sign-on-group">
      <Stack gap="md">
        <Preview draft={draft} />
        <TextField
          {...editing}
          name="label"
          label="The button says"
          placeholder={`Sign in with ${draft.name || 'its name'}`}
        />
        <Group align="end" gap="md" className="fields">
          <TextInput
            label="Colour"
            placeholder="#3b5bdb"
            value={draft.colour}
            maxLength={7}
            onChange={(event) => set({ colour: event.currentTarget.value })}
            error={draft.colour === '' || isColour ? undefined : 'Write it as in #3b5bdb'}
          />
          <Logo {...editing} />
        </Group>
        <Tick
          {...editing}
          name="fills"
          label="The colour fills the button"
          description="Else it is a stripe at its side. The letters are black or white, whichever can be read."
        />
        <Choice
          label="It stands on"
          value={draft.shownTo}
          words={shown}
          choose={(shownTo) => set({ shownTo })}
        />
        <Tick
          {...editing}
          name="redirectsAgents"
          label="Agents go straight to the provider"
          description="The page itself stays at /auth/login?local=1, for when the provider is down."
        />
        <Tick
          {...editing}
          name="redirectsUsers"
          label="Users go straight to the provider"
          description="Their page is /auth/login?entity=user."
        />
      </Stack>
    </Fieldset>
  );
}

function Preview({ draft }: { readonly draft: Draft }) {
  const { colour, fills, logo, name } = draft;
  const isColour = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(colour);
  const style = isColour
    ? fills
      ? { background: colour, color: inkOn(colour) }
      : { borderLeft: `5px solid ${colour}` }
    : {};
  return (
    <div className="sign-on-preview" style={style} aria-hidden="true">
      {logo === null ? null : <img src={logo} alt="" width={24} height={24} />}
      {draft.label || `Sign in with ${name || '…'}`}
    </div>
  );
}

function Logo({ draft, set }: Editing) {
  const [said, setSaid] = useState('');
  const read = async (file: File | null) => {
    if (file === null) return;
    if (file.size > logoBytesMax) {
      setSaid('It is larger than 64 KiB.');
      return;
    }
    set({ logo: await asDataUrl(file) });
    setSaid('');
  };
  return (
    <div>
      <Group gap="sm">
        <FileButton
          onChange={read}
          accept="image/png,image/jpeg,image/gif,image/webp,image/svg+xml"
        >
          {(props) => (
            <Button variant="default" {...props}>
              {draft.logo === null ? 'Choose a logo…' : 'Choose another logo…'}
            </Button>
          )}
        </FileButton>
        {draft.logo === null ? null : (
          <Button variant="default" onClick={() => set({ logo: null })}>
            Remove the logo
          </Button>
        )}
      </Group>
      {said === '' ? null : (
        <Text size="sm" role="alert" mt={4}>
          {said}
        </Text>
      )}
    </div>
  );
}

function asDataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read.'));
    reader.readAsDataURL(file);
  });
}
