// Halo's Site (halo-api.md, appendix C): where each member is kept.
import {
  column,
  command,
  each,
  expression,
  listed,
  type Members,
  managed,
  single,
} from '#features/desk/resource/member.ts';

const tickets = (condition: string) =>
  expression(`(select count(*)::integer from tickets k join ticket_statuses z on z.id = k.status_id
    where k.site_id = t.id and k.deleted_at is null and ${condition})`);

// biome-ignore format: the columns are the point
export const siteMembers: Members = {
  id:                  listed('int',    managed('id')),
  name:                listed('text',   column('name')),
  client_id:           listed('double', column('client_id')),
  client_name:         listed('text',   expression('c.name')),
  clientsite_name:     listed('text',   expression(`(c.name || '/' || t.name)`)),
  ref:                 listed('text',   column('reference')),
  phonenumber:         listed('text',   column('phone')),
  timezone:            listed('text',   column('time_zone')),
  inactive:            listed('bool',   column('inactive')),
  customfields:        command('objects'),
  datecreated:         single('time',   managed('created_at')),
  slastupdate:         single('time',   managed('updated_at')),
  open_ticket_count:   single('int',    tickets(`z.kind <> 1`)),
  onhold_ticket_count: single('int',    tickets(`z.kind = 2`)),
  total_ticket_count:  single('int',    tickets('true')),

  ...each(`colour notes country_code_name region_code_name delivery_address_line1 delivery_address_line2
    delivery_address_line3 delivery_address_line4 delivery_address_line5 use`, listed('text')),
  ...each('sla_id maincontact_id messagegroup_id', listed('int')),
  ...each('invoice_address_isdelivery isstocklocation', listed('bool')),
  ...each('site_fields', listed('objects')),

  ...each(`emaildomain todomain maincontact_name language_name country_code ldapstring azuretenantid
    actguid guid servicenowid third_party_client_name matching_value`, single('text')),
  ...each(`language_id region_code stopped linked_organisation_id regionaldirector
    opened_thismonth_count import_site_mapping import_details_id`, single('int')),
  ...each('isinvoicesite slocked accountmanagertech issitedetails', single('bool')),
  ...each('delivery_address invoice_address', single('object')),
  ...each('fields custombuttons popup_notes sitecontacts external_links', single('objects')),

  // What a new site comes with, and what only orders something.
  ...each(`newsite_contactname newsite_contactemail newsite_contacttitle _importtype _warning`, command('text')),
  ...each('newsite_web_access_level _reassign_all_to_user', command('int')),
  ...each('newsite_sendwelcomeemail _isimport', command('bool')),
  ...each('new_external_link', command('object')),
};
