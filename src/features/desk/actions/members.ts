// Halo's Actions (halo-api.md, appendix C): where each member is kept. Rows of lists show all of them.
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
export const actionMembers: Members = {
  ticket_id:              listed('int',    managed('ticket_id')),
  id:                     listed('int',    managed('id')),
  guid:                   listed('uuid',   expression('t.guid')),
  outcome:                listed('text',   column('outcome')),
  outcome_id:             listed('int',    column('outcome_id')),
  note:                   listed('text',   column('note')),
  note_html:              listed('text',   column('note_html')),
  hiddenfromuser:         listed('bool',   column('hidden_from_user')),
  important:              listed('bool',   column('important')),
  datetime:               listed('time',   column('happened_at')),
  who:                    listed('text',   managed('who')),
  who_type:               listed('int',    expression(`(case when t.agent_id is not null then 1
    when t.user_id is not null then 2 else 0 end)`)),
  who_agentid:            listed('int',    managed('agent_id')),
  actionby_agent_id:      listed('int',    expression('t.agent_id')),
  actionby_user_id:       listed('int',    managed('user_id')),
  actionby_application_id: listed('text',  managed('application_id')),
  old_status:             listed('int',    managed('old_status_id')),
  new_status:             listed('int',    column('new_status_id')),
  new_status_name:        listed('text',   expression('z.name')),
  timetaken:              listed('double', column('time_taken_hours')),
  customfields:           command('objects'),
  actiondatecreated:      listed('time',   managed('created_at')),
  last_updated:           listed('time',   managed('updated_at')),

  ...each(`who_initials whowith on_behalf_of_name emailbody emailbody_html emailsubject emailsubjectnew emailfrom
    emailto emailtonew emailcc emailccnew emailbcc emailbccnew emaildirection email_message_id new_team
    new_category1 new_category2 sentinel_id sentinel_classification sentinel_classification_reason
    private_note`, listed('text')),
  ...each(`action_systemid on_behalf_of emailtemplate_id chargerate new_agent new_priority new_tickettype
    new_sla_id new_approvalprocess attachment_count asset_id replied_to_ticket_id replied_to_action_id
    created_from_ticket_id created_from_action_id unread`, listed('int')),
  ...each('timetakendays timetakenadjusted nonbilltime traveltime mileage utcoffset', listed('double')),
  ...each('sendemail follow unfollow sync_to_sentinel dont_do_rules isjson', listed('bool')),
  ...each('dateemailed', listed('time')),
  ...each('attachments assets reactions', listed('objects')),
  ...each('attachment_list', listed('object')),

  ...each('_warning', command('text')),
  ...each('_includeticketinresponse _forcereassign _isimport _isnotify _changeprivate', command('bool')),
};
