// Halo's Users (halo-api.md, appendix C): where each member is kept.
import {
  column,
  command,
  each,
  expression,
  listed,
  type Members,
  managed,
  rather,
  single,
} from '#features/desk/resource/member.ts';

// biome-ignore format: the columns are the point
export const userMembers: Members = {
  id:                           listed('int',     managed('id')),
  name:                         listed('text',    column('name')),
  firstname:                    listed('text',    column('first_name')),
  surname:                      listed('text',    column('surname')),
  title:                        listed('text',    column('title')),
  emailaddress:                 listed('text',    column('email')),
  login:                        listed('text',    column('login')),
  phonenumber:                  listed('text',    column('phone')),
  mobilenumber:                 listed('text',    column('mobile')),
  homenumber:                   listed('text',    column('home_phone')),
  site_id:                      listed('double',  column('site_id')),
  site_id_int:                  listed('int',     expression('t.site_id')),
  site_name:                    listed('text',    expression('s.name')),
  client_id:                    listed('int',     expression('s.client_id')),
  client_name:                  listed('text',    expression('c.name')),
  user_with_clientsite:         listed('text',    expression(`(t.name || ' (' || c.name || '/' || s.name || ')')`)),
  sitephonenumber:              listed('text',    expression('s.phone')),
  inactive:                     listed('bool',    column('inactive')),
  isserviceaccount:             listed('bool',    column('service_account')),
  linked_agent_id:              listed('int',     column('linked_agent_id')),
  activedirectory_dn:           listed('text',    column('distinguished_name')),
  customfields:                 command('objects'),
  department:                   single('text',    column('department')),
  samaccountname:               single('text',    column('sam_account_name')),
  azureoid:                     single('text',    column('azure_object_id')),
  oktaid:                       single('text',    column('okta_id')),
  datecreated:                  single('time',    managed('created_at')),
  ulastupdate:                  single('time',    managed('updated_at')),
  open_ticket_count:            single('int',     expression(`(select count(*)::integer from tickets k
    where k.user_id = t.id and k.closed_at is null and k.deleted_at is null)`)),

  ...each(`initials phonenumber_preferred mobilenumber2 fax colour notes other1 other2 other3 other4 other5
    onpremise_activedirectory_dn container_dn role_list`, listed('text')),
  ...each('telpref relationship_id priority_id', listed('int')),
  ...each('isimportantcontact isimportantcontact2 neversendemails', listed('bool')),

  ...each(`email2 email3 memberof azure_tenant_id azure_tenant_domain okta_status
    googleworkplace_id matching_value`, single('text')),
  ...each(`adconnection useadlogin azure_connectionid azure_roleid linked_user_id organisation_id
    no_manager_roleid web_access_level showmeonly encmethod slaid`, single('int')),
  ...each(`dontackemails isheadofdept canadd cancreateuser resetpassword locked emailconfirmed
    authenticatorapp_configured sendwelcomeemail`, single('bool')),
  ...each('azure_last_login_date lastlogindate', single('time')),
  // What they have answered is theirs to choose (features/password-reset): shown here and never taken.
  ...Object.fromEntries([1, 2, 3, 4, 5].map((slot) => [`question${slot}`, single('int', answered(slot))])),
  // Who is known by record goes before who was typed in.
  manager_email: rather('(select m.email from desk_users m where m.id = t.manager_id)', single('text')),
  _manager_id:   { type: 'int', kept: managed('manager_id'), shown: 'never' },
  ...each('primary_address', single('object')),
  ...each('addresses external_links claims departments roles add_roles', single('objects')),

  // The contact details a client or site was made with, and what only orders something.
  ...each('new_password _importtype _warning', command('text')),
  ...each('_revoke_authenticatorapp _isnew', command('bool')),
};

function answered(slot: number) {
  return expression(
    `(select a.question_id from security_answers a where a.user_id = t.id and a.slot = ${slot})`,
  );
}
