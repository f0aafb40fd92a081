// Halo's Area (halo-api.md, appendix C): where each member of a client is kept. Rows show all but the logos.
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
    where k.client_id = t.id and k.deleted_at is null and ${condition})`);

// biome-ignore format: the columns are the point
export const clientMembers: Members = {
  id:                 listed('int',   managed('id')),
  name:               listed('text',  column('name')),
  ref:                listed('text',  column('reference')),
  toplevel_id:        listed('int',   column('top_level_id')),
  inactive:           listed('bool',  column('inactive')),
  is_vip:             listed('bool',  column('important')),
  main_site_id:       listed('int',   column('main_site_id')),
  main_site_name:     listed('text',  expression('m.name')),
  main_phonenumber:   listed('text',  expression('m.phone')),
  customfields:       command('objects'),
  datecreated:        listed('time',  managed('created_at')),
  alastupdate:        listed('time',  managed('updated_at')),
  open_ticket_count:  single('int',   tickets(`z.kind <> 1`)),
  onhold_ticket_count: single('int',  tickets(`z.kind = 2`)),
  total_ticket_count: single('int',   tickets('true')),

  ...each(`toplevel_name colour notes website domain main_contact_name from_address_override pritech_name
    sectech_name accountmanagertech_name customer_relationship_list tax_number trading_name
    accountsemailaddress accountsid portalcolour sentinel_subscription_id sentinel_workspace_name
    api_access_clientid servicenowid matching_value use`, listed('text')),
  ...each(`messagegroup_id mailbox_override default_mailbox_id pritech sectech accountmanagertech
    createdfrom_id customertype stopped seriousnesslevel default_contract default_currency_code
    linked_organisation_id sentinel_tenant_id sentinel_default_user_override`, listed('int')),
  ...each(`priassign secassign alocked all_organisations_allowed allowall_tickettypes
    override_portalcolour allow_api_access`, listed('bool')),
  ...each('startdate enddate', listed('time')),
  ...each('main_delivery_address main_invoice_address', listed('object')),
  ...each(`customer_relationship allowed_organisations allowed_tickettypes custombuttons attachments
    popup_notes external_links azure_tenants`, listed('objects')),
  ...each('logo portal_logo', single('text')),

  // What a new client comes with, what only orders something, and a secret that is nobody's to read.
  ...each(`newclient_sitename newclient_phonenumber newclient_domain newclient_timezone
    newclient_contactname newclient_contactemail newclient_contacttitle api_access_clientsecret
    _importtype _warning`, command('text')),
  ...each('new_external_link import_azure_tenant', command('object')),
};
