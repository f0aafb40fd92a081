// Resetting passwords and unlocking: over TLS alone, with the domain's history where it can be asked for.
import { Attribute, type BerWriter, Change, Control, ModifyRequest, ResultCodeError } from 'ldapts';
import type { DirectoryWriter, PasswordReset, WriteResult } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { Secret } from '#lib/secret.ts';
import { type Entry, firstText, textsOf } from './entry.ts';
import { refusal, resultCode } from './refusals.ts';
import { entryAt } from './search.ts';
import type { Session } from './session.ts';
import { passwordAttribute, swap } from './values.ts';
import { guidDn, mustBeThere, readOnly, unencrypted } from './writer.ts';

const noSuchAttribute = 16;
const attributeOrValueExists = 20;

export function passwordsOf(
  session: Session,
): Pick<DirectoryWriter, 'resetPassword' | 'unlock' | 'isPassword'> {
  return {
    resetPassword: (id, reset) => resetPassword(session, id, reset),
    unlock: (id, from) => unlock(session, id, from),
    isPassword: (id, password) => isPassword(session, id, password),
  };
}

async function resetPassword(
  session: Session,
  id: string,
  { password, from, mustChange }: PasswordReset,
): Promise<WriteResult> {
  if (!session.encrypted) throw unencrypted();
  const dn = guidDn(id, 'account');
  const entry = await mustBeThere(session, dn, 'account', ['pwdLastSet']);
  if (timeIn(entry, 'pwdLastSet') !== from) return 'conflict';
  const { policyHints } = session.root;
  try {
    await modify(
      session,
      dn,
      [
        new Change({ operation: 'replace', modification: passwordAttribute(password) }),
        ...(mustChange ? [mustChangeNext()] : []),
      ],
      policyHints === undefined ? [] : [new PolicyHints(policyHints)],
    );
    return 'written';
  } catch (error) {
    throw await named(session, dn, refusal(error), mustChange ? 'pwdLastSet' : undefined);
  }
}

/** Which right it is: the one on an attribute can be read, what is left is the extended right. */
async function named(
  session: Session,
  dn: string,
  known: DirectoryRefusal,
  attribute: string | undefined,
): Promise<DirectoryRefusal> {
  if (known.code !== 'rights.missing') return known;
  const entry = await entryAt(session, dn, ['allowedAttributesEffective']);
  const allowed = entry === undefined ? [] : textsOf(entry, 'allowedAttributesEffective');
  const lacks =
    attribute !== undefined &&
    !allowed.some((name) => name.toLowerCase() === attribute.toLowerCase());
  const sentence = lacks ? mayNotWrite(attribute) : mayNotReset;
  return new DirectoryRefusal('rights.missing', sentence, false, known.detail);
}

const mayNotReset =
  'The service account may not reset the password of this account; delegate "Reset Password" on users to it (docs/active-directory-rights.md).';

function mayNotWrite(attribute: string): string {
  return `The service account may not write ${attribute} of this account; delegate it (docs/active-directory-rights.md).`;
}

/** 0: the password has expired and must be changed at the next sign-in (MS-ADA3 pwdLastSet). */
function mustChangeNext(): Change {
  const modification = new Attribute({ type: 'pwdLastSet', values: ['0'] });
  return new Change({ operation: 'replace', modification });
}

async function unlock(session: Session, id: string, from: string): Promise<WriteResult> {
  const dn = guidDn(id, 'account');
  const now = timeIn(await mustBeThere(session, dn, 'account', ['lockoutTime']), 'lockoutTime');
  if (now === '0') return 'already-so';
  if (now !== from) return 'conflict';
  try {
    await modify(session, dn, swap('lockoutTime', [from], ['0']));
    return 'written';
  } catch (error) {
    const code = resultCode(error);
    if (code !== noSuchAttribute && code !== attributeOrValueExists) {
      throw await named(session, dn, refusal(error), 'lockoutTime');
    }
    const entry = await mustBeThere(session, dn, 'account', ['lockoutTime']);
    return timeIn(entry, 'lockoutTime') === '0' ? 'already-so' : 'conflict';
  }
}

/**
 * `data` of a failed sign-in, as Active Directory words it: the password was right where it must be
 * changed (773) or has expired (532), wrong with 52e; all else is found out before the password is.
 */
async function isPassword(
  session: Session,
  id: string,
  password: Secret,
): Promise<boolean | undefined> {
  const { dn } = await mustBeThere(session, guidDn(id, 'account'), 'account');
  try {
    await session.tryPassword(dn, password);
    return true;
  } catch (error) {
    const data =
      error instanceof ResultCodeError ? /data ([\da-f]{3,8})\b/i.exec(error.message)?.[1] : '';
    if (data === undefined || data === '') {
      if (error instanceof ResultCodeError) return undefined;
      throw refusal(error);
    }
    if (['773', '532'].includes(data)) return true;
    return data === '52e' ? false : undefined;
  }
}

async function modify(
  session: Session,
  dn: string,
  changes: Change[],
  controls: Control[] = [],
): Promise<void> {
  if (!session.root.activeDirectory) throw readOnly();
  const connection = await session.connection();
  const request = new ModifyRequest({ messageId: 0, dn, changes, controls });
  await session.slots.run(() => connection.send(request));
}

/** Never set and must be changed both read 0. */
function timeIn(entry: Entry, name: string): string {
  return firstText(entry, name) ?? '0';
}

/** `SEQUENCE { Flags INTEGER }` with 1: hold the reset to the history (MS-ADTS §3.1.1.3.4.1.27). */
const enforceHistory = Buffer.from([0x30, 0x03, 0x02, 0x01, 0x01]);

class PolicyHints extends Control {
  constructor(oid: string) {
    super(oid, { critical: true });
  }

  override writeControl(writer: BerWriter): void {
    writer.writeBuffer(enforceHistory, 4);
  }
}
