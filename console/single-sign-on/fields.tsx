// The fields of the editor, each by the name it has in the draft.
import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { Draft } from './draft.ts';

export type Editing = {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
};

type NamesOf<T> = { [K in keyof Draft]: Draft[K] extends T ? K : never }[keyof Draft];

type Of<Names> = Editing & {
  readonly name: Names;
  readonly label: string;
  readonly description?: string;
};

export function TextField({
  draft,
  set,
  name,
  ...rest
}: Of<NamesOf<string>> & {
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly type?: 'text' | 'password' | 'number';
}) {
  return (
    <TextInput
      {...rest}
      value={draft[name]}
      spellCheck={false}
      autoComplete="off"
      maxLength={4_000}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
}

export function Lines({
  draft,
  set,
  name,
  ...rest
}: Of<NamesOf<string>> & { readonly placeholder?: string; readonly rows?: number }) {
  return (
    <Textarea
      {...rest}
      rows={rest.rows ?? 3}
      value={draft[name]}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
}

export function Tick({ draft, set, name, ...rest }: Of<NamesOf<boolean>>) {
  return (
    <Checkbox
      {...rest}
      checked={draft[name]}
      onChange={(event) => set({ [name]: event.currentTarget.checked })}
    />
  );
}

export function Choice<T extends string>({
  value,
  words,
  choose,
  label,
  description,
}: {
  readonly value: T;
  readonly words: Readonly<Record<T, string>>;
  readonly choose: (value: T) => void;
  readonly label: string;
  readonly description?: string;
}) {
  const values = Object.keys(words).filter((one): one is T => Object.hasOwn(words, one));
  return (
    <NativeSelect
      label={label}
      description={description}
      value={value}
      data={values.map((one) => ({ value: one, label: words[one] }))}
      onChange={(event) => {
        const found = values.find((one) => one === event.currentTarget.value);
        if (found !== undefined) choose(found);
      }}
    />
  );
}
