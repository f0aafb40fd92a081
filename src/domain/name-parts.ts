// The parts of a whole name, as Halo takes it apart: the last word is the surname.

export type NameParts = { readonly firstName: string; readonly surname: string };

export function nameParts(name: string): NameParts {
  const words = name.split(/\s+/);
  return { firstName: words.slice(0, -1).join(' '), surname: words.at(-1) ?? '' };
}
