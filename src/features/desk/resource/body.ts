// What may be posted to a resource: one object or an array of them, each with the members of Halo's model.
import { z } from 'zod';
import { halo } from '#http/halo/members.ts';
import { type Given, oneOrMany } from '#http/halo/model.ts';
import type { Members, MemberType } from './member.ts';

export function bodyOf(members: Members): z.ZodType<readonly Given[]> {
  const shape: Record<string, z.ZodType> = Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, fields[member.type].optional()]),
  );
  return oneOrMany(z.object(shape));
}

/** Anything may be emptied. */
const fields: Readonly<Record<MemberType, z.ZodType>> = {
  int: halo.int.nullable(),
  double: halo.double.nullable(),
  text: halo.text.nullable(),
  bool: halo.bool.nullable(),
  time: halo.time.nullable(),
  uuid: halo.uuid.nullable(),
  any: halo.any,
  object: halo.object.nullable(),
  objects: halo.objects.nullable(),
};
