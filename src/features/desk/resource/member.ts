// A member of one of Halo's models: its type on the wire, where the desk keeps it, and where it is shown.

export type MemberType =
  | 'int'
  | 'double'
  | 'text'
  | 'bool'
  | 'time'
  | 'uuid'
  /** Any JSON. */
  | 'any'
  | 'object'
  /** An array of objects. */
  | 'objects';

export type Kept =
  /** In a column of the resource's own table, which is `t` in every query. */
  | { readonly in: 'column'; readonly column: string }
  /** In the jsonb column `extra`, under Halo's own name. */
  | { readonly in: 'extra' }
  /** In a column that only the desk's own rules write: accepted and ignored from outside. */
  | { readonly in: 'managed'; readonly column: string }
  /** Nowhere: read by an SQL expression; accepted and ignored from outside. */
  | { readonly in: 'expression'; readonly sql: string }
  /** Nowhere: an order to the desk, read by the resource's rules and never given back. */
  | { readonly in: 'command' };

/** In the rows of lists and on its own, only on its own, or never. */
export type Shown = 'list' | 'single' | 'never';

export type Member = {
  readonly type: MemberType;
  readonly kept: Kept;
  readonly shown: Shown;
  /** SQL: what goes before what is kept, where it says something. */
  readonly rather?: string;
};
export type Members = Readonly<Record<string, Member>>;

/** Shown in lists and on its own. */
export function listed(type: MemberType, kept: Kept = extra): Member {
  return { type, kept, shown: 'list' };
}

/** Shown only when one record is asked for. */
export function single(type: MemberType, kept: Kept = extra): Member {
  return { type, kept, shown: 'single' };
}

/** Kept as it is posted, and shown as the SQL has it where that says something. */
export function rather(sql: string, member: Member): Member {
  return { ...member, rather: sql };
}

/** Read from what is posted, obeyed or ignored, never kept or shown. */
export function command(type: MemberType): Member {
  return { type, kept: { in: 'command' }, shown: 'never' };
}

/** The same member under many names. */
export function each(names: string, member: Member): Members {
  return Object.fromEntries(
    names
      .split(/\s+/)
      .filter((name) => name !== '')
      .map((name) => [name, member]),
  );
}

export const extra: Kept = { in: 'extra' };

export function column(name: string): Kept {
  return { in: 'column', column: name };
}

export function managed(name: string): Kept {
  return { in: 'managed', column: name };
}

export function expression(sql: string): Kept {
  return { in: 'expression', sql };
}

/**
 * The SQL of a member, or nothing for a command. Built from the tables in this feature alone: no text
 * from outside ever becomes part of it.
 */
export function sqlOf(name: string, { rather, ...member }: Member): string | undefined {
  if (rather !== undefined) return `coalesce(${rather}, ${sqlOf(name, member)})`;
  const { type, kept } = member;
  switch (kept.in) {
    case 'column':
    case 'managed':
      return `t."${kept.column}"`;
    case 'expression':
      return kept.sql;
    case 'extra':
      return fromExtra(name, type);
    case 'command':
      return undefined;
  }
}

/** Objects and arrays neither sort nor compare. */
export function isComparable({ type }: Member): boolean {
  return type !== 'any' && type !== 'object' && type !== 'objects';
}

/** A member of `extra` as a value that compares and sorts by its type. */
function fromExtra(name: string, type: MemberType): string {
  const text = `(t.extra ->> '${name}')`;
  switch (type) {
    case 'int':
      return `${text}::integer`;
    case 'double':
      return `${text}::double precision`;
    case 'bool':
      return `${text}::boolean`;
    case 'time':
      return `(${text} || 'Z')::timestamptz`;
    default:
      return text;
  }
}
