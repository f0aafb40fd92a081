// What a resource's queries select: its members under Halo's names, and `extra` unfolded into them.

import type { Actor } from '#domain/actor.ts';
import type { CustomFieldOwner } from './custom-field-owners.ts';
import { type Member, sqlOf } from './member.ts';
import { mask, passwordInput } from './password-values.ts';
import type { Raw, Resource } from './resource.ts';
import { haloTimeSql } from './time.ts';

/** Halo's form of one record. */
export type Wire = Readonly<Record<string, unknown>>;

type Selection = {
  /** The select list: columns and expressions as Halo names them, then `extra`. */
  readonly columns: string;
  /** The members of `extra` that are shown. */
  readonly extras: ReadonlySet<string>;
};

const selections = new WeakMap<
  Resource,
  { readonly list: Selection; readonly single: Selection }
>();

/** Made once for each resource, from its table of members alone. */
export function selectionOf(resource: Resource, of: 'list' | 'single'): Selection {
  const known = selections.get(resource);
  if (known !== undefined) return known[of];
  const made = {
    list: select(resource, ({ shown }) => shown === 'list'),
    single: select(resource, ({ shown }) => shown !== 'never'),
  };
  selections.set(resource, made);
  return made[of];
}

function select(resource: Resource, isShown: (member: Member) => boolean): Selection {
  const shown = Object.entries(resource.members).filter(([, member]) => isShown(member));
  const isUnfolded = ({ kept, rather }: Member) => kept.in === 'extra' && rather === undefined;
  const inColumns = shown.filter(([, member]) => !isUnfolded(member));
  return {
    columns: [...inColumns.map(([name, member]) => asHalo(name, member)), 't.extra'].join(', '),
    extras: new Set(shown.filter(([, member]) => isUnfolded(member)).map(([name]) => name)),
  };
}

/** Only some members, for `idonly` and its like. */
export function columnsOf(resource: Resource, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const member = resource.members[name];
      return member === undefined ? [] : [asHalo(name, member)];
    })
    .join(', ');
}

function asHalo(name: string, member: Member): string {
  const sql = sqlOf(name, member) ?? 'null';
  const isStored = member.kept.in !== 'extra';
  return `${member.type === 'time' && isStored ? haloTimeSql(sql) : sql} as "${name}"`;
}

/** A row of a query as Halo's object. Undefined members vanish when it becomes JSON. */
export function toWire(row: Raw, { extras }: Selection): Wire {
  const wire: Record<string, unknown> = { ...row, extra: undefined, record_count: undefined };
  if (typeof row.extra === 'object' && row.extra !== null) {
    for (const [name, value] of Object.entries(row.extra)) {
      if (extras.has(name)) wire[name] = value;
    }
  }
  return wire;
}

/** Custom fields in Halo's form: all that are defined, or those with the ids in parameter. */
export function customFieldsSql(owner: CustomFieldOwner, actor: Pick<Actor, 'kind'>): string {
  const shown = actor.kind === 'user' ? `and not ${forAgentsAlone('f')}` : '';
  return `(select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'label', f.label,
    'type', f.type, 'inputtype', f.input_type, 'isencrypted', f.encrypted, 'value', t.custom_fields -> f.id::text,
    'value_is_password_id', f.input_type = ${passwordInput},
    'display', case when f.input_type <> ${passwordInput} then t.custom_fields ->> f.id::text
      when t.custom_fields ? f.id::text then '${mask}' end) order by f.id), '[]')
    from custom_field_definitions f where f.owner = '${owner}' ${shown}`;
}

/** Whether a definition, by its name in the query, is none of the users' business, nor are its values. */
export function forAgentsAlone(definition: string): string {
  return `coalesce((${definition}.extra ->> 'onlyshowforagents')::boolean, false)`;
}
