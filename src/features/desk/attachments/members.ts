// Halo's Attachment: where each member is kept. The bytes come as base64 and stand in a table of their own.
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

/** AttachmentType (docs/halo-codes.md): which record it belongs to. */
const typeSql = `(case when t.ticket_id is not null then 1 when t.client_id is not null then 2
  when t.site_id is not null then 3 when t.user_id is not null then 4 else 5 end)`;

// biome-ignore format: the columns are the point
export const attachmentMembers: Members = {
  id:            listed('int',    managed('id')),
  guid:          single('uuid',   managed('guid')),
  filename:      listed('text',   column('filename')),
  content_type:  single('text',   column('content_type')),
  note:          listed('text',   column('note')),
  desc:          listed('text',   column('description')),
  filesize:      listed('int',    expression('t.size_bytes')),
  isimage:       listed('bool',   expression(`(t.content_type like 'image/%')`)),
  type:          listed('int',    expression(typeSql)),
  unique_id:     listed('int',    expression(
    'coalesce(t.ticket_id, t.client_id, t.site_id, t.user_id, t.asset_id)')),
  ticket_id:     single('int',    expression('t.ticket_id')),
  action_id:     single('int',    expression('t.action_id')),
  showforusers:  listed('bool',   column('show_to_users')),
  datecreated:   listed('time',   managed('created_at')),
  last_updated:  single('time',   managed('updated_at')),
  download_url:  listed('text',   expression(`('/api/Attachment/' || t.id || '/file')`)),
  data:          single('text',   expression(`(select translate(encode(d.data, 'base64'), E'\\n', '') from attachment_data d
    where d.attachment_id = t.id)`)),
  ...each('third_party_id', listed('text')),
  ...each('showonchild showonrelated', listed('bool')),
  ...each('link parent_name', single('text')),
  ...each('data_base64 _importtype _warning', command('text')),
  ...each('faultid', command('int')),
  ...each('_isimport', command('bool')),

  // Whose it is and what was counted of it: written by the rules alone.
  _ticket_id:    { type: 'int',  kept: managed('ticket_id'), shown: 'never' },
  _action_id:    { type: 'int',  kept: managed('action_id'), shown: 'never' },
  _client_id:    { type: 'int',  kept: managed('client_id'), shown: 'never' },
  _site_id:      { type: 'int',  kept: managed('site_id'),   shown: 'never' },
  _user_id:      { type: 'int',  kept: managed('user_id'),   shown: 'never' },
  _asset_id:     { type: 'int',  kept: managed('asset_id'),  shown: 'never' },
  _size:         { type: 'int',  kept: managed('size_bytes'), shown: 'never' },
  _sha256:       { type: 'any',  kept: managed('sha256'),    shown: 'never' },
  _added_by:     { type: 'text', kept: managed('added_by'),  shown: 'never' },
};
