// Halo's AuditPasswordField (halo-api.md 2.3), and a reveal as the list of them has it.
import { answered, coded, halo, warning } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { haloTime } from '#http/halo/time.ts';
import type { Reveal } from './queries.ts';

export const PasswordObjectType = coded('PasswordObjectType').meta({ id: 'PasswordObjectType' });

const members = {
  object_type: coded('PasswordObjectType'),
  object_id: halo.int,
  field_id: halo.int,
  value: answered(halo.text.nullable(), 'The password, in the answer of a POST alone.'),
  object: PasswordObjectType,
  _warning: warning,
} as const;

export const AuditPasswordField = haloModel(
  'AuditPasswordField',
  members,
  'A password field of a record. A POST without value shows the password, and is recorded.',
);

export const PasswordFieldReveal = haloModel(
  'PasswordFieldReveal',
  {
    id: halo.int,
    ...members,
    object_name: halo.text,
    field_name: halo.text,
    date: halo.time,
    who: halo.text,
    who_type: halo.text,
    agent_id: halo.int.nullable(),
  },
  'Who had which password shown, and when. The members beside those of AuditPasswordField are ours.',
);

export type Shown = {
  readonly objectType: number;
  readonly objectId: number;
  readonly fieldId: number;
};

export function shownToWire({ objectType, objectId, fieldId }: Shown, value: string | null) {
  return {
    object_type: objectType,
    object_id: objectId,
    field_id: fieldId,
    value,
    object: objectType,
    _warning: null,
  };
}

export function revealToWire(reveal: Reveal) {
  return {
    id: reveal.id,
    ...shownToWire(reveal, null),
    object_name: reveal.objectName,
    field_name: reveal.fieldName,
    date: haloTime(reveal.at),
    who: reveal.actorName,
    who_type: reveal.actorKind,
    agent_id: reveal.agentId,
  };
}
