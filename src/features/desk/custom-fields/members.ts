// Halo's CustomField (halo-api.md 2.9): where each member of a definition is kept. Its value stands with a record.
import { usageSql } from '#features/desk/resource/custom-field-owners.ts';
import {
  column,
  command,
  each,
  expression,
  listed,
  type Members,
  managed,
} from '#features/desk/resource/member.ts';

// biome-ignore format: the columns are the point
export const customFieldMembers: Members = {
  id:               listed('int',  managed('id')),
  name:             listed('text', column('name')),
  label:            listed('text', column('label')),
  type:             listed('int',  column('type')),
  inputtype:        listed('int',  column('input_type')),
  isencrypted:      listed('bool', column('encrypted')),
  guid:             listed('uuid', managed('guid')),
  usage:            listed('int',  expression(usageSql('t.owner'))),

  ...each('characterlimit characterlimittype', listed('int')),
  ...each('copytochild searchable ordervalues copytochildonupdate copytorelated', listed('bool')),

  ...each(`summary third_party_name hyperlink third_party_value calculation regex variable_format_1
    variable_format_2 where_sql`, listed('text')),
  ...each(`ordervaluesby database_lookup_id extratype linked_table_id custom_extra_table_id rounding
    max_selection selection_field_id database_lookup_input table_data_entry_type table_height
    table_matching_field load_type`, listed('int')),
  ...each(`database_lookup_auto showondetailsscreen int_value_is_display onlyshowforagents is_horizontal
    copied showintable dont_delete_rows new_storage_method`, listed('bool')),
  ...each('database_lookup_triggers validation_reasons validation_data', listed('objects')),

  // Belong to a record's value and not to the definition.
  ...each('value', command('any')),
  ...each('value_is_password_id', command('bool')),
  ...each('display', command('text')),

  // The table it belongs to, in our words: written by the rules alone.
  _owner:           { type: 'text', kept: managed('owner'), shown: 'never' },
};

/** What Halo's model never leaves empty. */
export const customFieldDefaults = {
  type: 0,
  characterlimit: 0,
  characterlimittype: 0,
  copytochild: true,
  searchable: true,
  ordervalues: false,
  copytochildonupdate: false,
  copytorelated: false,
} as const;
