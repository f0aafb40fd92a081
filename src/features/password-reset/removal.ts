// Taking an enrolment back: the phone is gone, the person left, or somebody else has enrolled as them.
import type { Actor } from '#domain/actor.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import { entryOf, visiblePerson } from './enrolments.ts';
import { tellOwner } from './mails.ts';
import type { SelfServicePorts } from './ports.ts';

/** Answers, app, outside address and whatever is under way. The owner is told at every address there was. */
export async function removeEnrolment(
  ports: SelfServicePorts,
  personId: number,
  actor: Actor,
): Promise<void> {
  const { db, clock } = ports;
  const person = await visiblePerson(db, personId, actor);
  const now = clock();
  await ports.factors.remove({ kind: 'user', id: person.id, name: person.name }, actor);
  await inTransaction(db, async (tx) => {
    await tellOwner(tx, { telling: 'removed', key: `${personId}:${now.getTime()}`, person, now });
    await tx.deleteFrom('security_answers').where('user_id', '=', person.id).execute();
    await tx.deleteFrom('reset_addresses').where('user_id', '=', person.id).execute();
    await tx.deleteFrom('reset_enrolments').where('user_id', '=', person.id).execute();
    await tx
      .updateTable('reset_requests')
      .set({ state: 'over', sealed_code: null })
      .where('user_id', '=', person.id)
      .where('state', 'in', ['asked', 'proven'])
      .execute();
    await audit(tx, [entryOf(person, actor, 'self-service.removed')]);
  });
}
