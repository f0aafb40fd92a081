// A naming format is an ordered list of recipes for one unique name; the first free one is taken.
import { z } from 'zod';

/** One piece of a name: where it comes from, which of its words, which of their characters, what case. */
export const NamePart = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('column'),
    column: z.string().min(1),
    words: z.enum(['first', 'last', 'all']).default('all'),
    /** The first n characters of each word; every character when left out. */
    characters: z.int().min(1).max(64).optional(),
    letters: z.enum(['as-written', 'lower', 'upper', 'capitals']).default('as-written'),
  }),
  z.object({ kind: z.literal('text'), text: z.string().min(1).max(100) }),
  /** Nothing at first; then 2, 3, 4 ... once every recipe has been tried. */
  z.object({ kind: z.literal('counter'), before: z.string().max(5).default('') }),
]);
export type NamePart = z.infer<typeof NamePart>;

export const NamingFormat = z.object({
  recipes: z.array(z.array(NamePart).min(1).max(20)).min(1).max(10),
  stripAccents: z.boolean().default(true),
  stripSpaces: z.boolean().default(false),
  maxLength: z.int().min(1).max(256).default(64),
});
export type NamingFormat = z.infer<typeof NamingFormat>;

/** The names an account is created with. Recipe n of each is tried as one set with recipe n of the others. */
export const AccountNames = z.object({
  cn: NamingFormat,
  sAMAccountName: NamingFormat,
  userPrincipalName: NamingFormat,
  mail: NamingFormat.optional(),
  displayName: NamingFormat.optional(),
});
export type AccountNames = z.infer<typeof AccountNames>;
