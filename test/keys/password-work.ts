// Sets passwords of users and has them shown, one after the other, and tells each as soon as it is certain.
import type { Actor } from '#domain/actor.ts';
import { haloCodes } from '#domain/halo-codes.ts';
import { revealPasswords } from '#features/desk/password-fields/reveal.ts';
import type { DeskPorts } from '#features/desk/resource/routes.ts';
import { saveRecord } from '#features/desk/resource/save.ts';
import { users } from '#features/desk/users/users.ts';
import { inTransaction } from '#store/db.ts';

export const worker: Actor = {
  kind: 'agent',
  id: '5',
  agentId: 5,
  name: 'Dora Lind',
  permissions: new Set(['admin']),
};

const userType = haloCodes.PasswordObjectType.codes.find(({ name }) => name === 'user')?.code ?? 4;

export type Told =
  | { readonly set: { readonly userId: number; readonly at: number } }
  | { readonly shown: { readonly userId: number; readonly at: number } };

/** A value says whose it is and which of how many. */
export function textOf(userId: number, at: number): string {
  return `password ${at} of user ${userId}`;
}

export function numberIn(userId: number, value: string): number {
  const [, at, of] = /^password (\d+) of user (\d+)$/.exec(value) ?? [];
  return Number(of) === userId ? Number(at) : Number.NaN;
}

export async function passwordWork(
  ports: DeskPorts,
  work: {
    readonly fieldId: number;
    readonly userIds: readonly number[];
    readonly from: number;
    readonly tell: (told: Told) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { fieldId, userIds, tell, signal } = work;
  for (let at = work.from; !signal.aborted; at += 1) {
    const userId = userIds[at % userIds.length] ?? 0;
    await setPassword(ports, { userId, fieldId, value: textOf(userId, at) });
    tell({ set: { userId, at } });
    const asked = { objectType: userType, objectId: userId, fieldId };
    const [shown] = await revealPasswords(ports, worker, [asked]);
    tell({ shown: { userId, at: numberIn(userId, shown?.reveal() ?? '') } });
  }
}

export async function setPassword(
  { db, clock, sealing }: DeskPorts,
  given: { readonly userId: number; readonly fieldId: number; readonly value: string },
): Promise<void> {
  const customfields = [{ id: given.fieldId, value: given.value }];
  const acting = { actor: worker, now: clock(), sealing };
  await inTransaction(db, (tx) =>
    saveRecord(tx, users, acting, { id: given.userId, customfields }),
  );
}
