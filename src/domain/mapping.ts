// A mapping says how a source's columns become an account's attributes, and what a new account is called.
import { z } from 'zod';
import type { Template } from '#lib/macros.ts';
import { type MacroScope, readTemplate, valuesOfTemplate } from './macro.ts';
import { AccountNames } from './naming-format.ts';
import type { MappedAttribute } from './subject.ts';

/** Attributes that a mapping never writes: names are chosen, the rest is the directory's own or a step's. */
export const unmappable = new Set(
  [
    ...['cn', 'name', 'distinguishedName', 'sAMAccountName', 'userPrincipalName'],
    ...['objectGUID', 'objectSid', 'objectClass', 'objectCategory', 'primaryGroupID', 'sIDHistory'],
    ...['userAccountControl', 'unicodePwd', 'userPassword', 'pwdLastSet', 'adminCount'],
    ...['member', 'memberOf', 'enabled', 'nTSecurityDescriptor', 'servicePrincipalName'],
    ...['msDS-AllowedToDelegateTo', 'msDS-AllowedToActOnBehalfOfOtherIdentity'],
    ...['msDS-KeyCredentialLink', 'altSecurityIdentities'],
  ].map((name) => name.toLowerCase()),
);

export const MappingRow = z.object({
  attribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, { error: 'an LDAP attribute name' })
    .refine((name) => !unmappable.has(name.toLowerCase()), {
      error: 'is not written by a mapping',
    }),
  /** Text with macros: "%department%", "%firstName% %surname%", "%mobile|none%". */
  value: z.string().max(4000),
  apply: z.enum(['always', 'on-create', 'clear-when-empty']).default('always'),
  /** Who has the last word. The directory's attributes are given once, at creation, and then left alone. */
  master: z.enum(['source', 'directory']).default('source'),
});
export type MappingRow = z.infer<typeof MappingRow>;

export const Mapping = z.object({
  id: z.uuid(),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  category: z.literal('user').default('user'),
  rows: z.array(MappingRow).max(200),
  names: AccountNames,
});
export type Mapping = z.infer<typeof Mapping>;

/** A mapping's row with its template read, once for all people. */
export type ReadyRow = { readonly row: MappingRow; readonly template: Template };

export function readyRows(mapping: Mapping): ReadyRow[] {
  return mapping.rows.map((row) => ({ row, template: readTemplate(row.value) }));
}

/** Rows that speak of accounts that exist already, and are mastered by the source. */
export function isForExisting({ row }: ReadyRow): boolean {
  return row.apply !== 'on-create' && row.master === 'source';
}

/** What the rows come to for one person. Refuses when a macro is empty and has no default. */
export function mapAttributes(rows: readonly ReadyRow[], scope: MacroScope): MappedAttribute[] {
  return rows.map(({ row, template }) => ({
    attribute: row.attribute,
    values: valuesOfTemplate(template, scope, row.apply === 'clear-when-empty'),
    clears: row.apply === 'clear-when-empty',
  }));
}
