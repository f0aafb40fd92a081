// Reads from an object's security descriptor whether somebody holds an extended right on it (MS-DTYP §2.4.6, MS-ADTS §5.1.3).
import { type BerWriter, Control } from 'ldapts';
import { guidText, sidText } from '#lib/guid.ts';

/** User-Force-Change-Password, which the tools call "Reset Password" (MS-ADTS §5.1.3.2.1). */
export const resetPasswordRight = '00299570-246d-11d0-a768-00aa006e0529';

/** ADS_RIGHT_DS_CONTROL_ACCESS. Generic rights are mapped before a descriptor is stored. */
const controlAccess = 0x100;

const aceTypes = { allow: 0, deny: 1, allowObject: 5, denyObject: 6 } as const;
const inheritOnly = 0x8;
const hasObjectType = 0x1;
const hasInheritedType = 0x2;

type Entry = {
  readonly allows: boolean;
  readonly mask: number;
  /** The one right it is about; all when left out. */
  readonly right: string | undefined;
  readonly sid: string;
};

/** The first entry that speaks of the right and of one of the SIDs decides; none of them is a no. */
export function holdsRight(descriptor: Buffer, sids: ReadonlySet<string>, right: string): boolean {
  const found = entriesOf(descriptor).find(
    (entry) =>
      sids.has(entry.sid) &&
      (entry.mask & controlAccess) !== 0 &&
      (entry.right === undefined || entry.right === right),
  );
  return found?.allows ?? false;
}

/** What does not parse grants nothing. */
function entriesOf(descriptor: Buffer): readonly Entry[] {
  try {
    const at = descriptor.readUInt32LE(16);
    if (at === 0) return [];
    const count = descriptor.readUInt16LE(at + 4);
    const entries: Entry[] = [];
    let next = at + 8;
    for (let number = 0; number < count; number += 1) {
      const size = descriptor.readUInt16LE(next + 2);
      const entry = entryOf(descriptor.subarray(next, next + size));
      if (entry !== undefined) entries.push(entry);
      next += size;
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Entries that only children inherit, and kinds that grant nothing, are none. */
function entryOf(ace: Buffer): Entry | undefined {
  const type = ace.readUInt8(0);
  if ((ace.readUInt8(1) & inheritOnly) !== 0) return undefined;
  const mask = ace.readUInt32LE(4);
  if (type === aceTypes.allow || type === aceTypes.deny) {
    const sid = sidAt(ace, 8);
    return { allows: type === aceTypes.allow, mask, right: undefined, sid };
  }
  if (type !== aceTypes.allowObject && type !== aceTypes.denyObject) return undefined;
  const flags = ace.readUInt32LE(8);
  const typed = (flags & hasObjectType) !== 0;
  const right = typed ? guidText(ace.subarray(12, 28)) : undefined;
  const at = 12 + (typed ? 16 : 0) + ((flags & hasInheritedType) !== 0 ? 16 : 0);
  return { allows: type === aceTypes.allowObject, mask, right, sid: sidAt(ace, at) };
}

function sidAt(ace: Buffer, at: number): string {
  return sidText(ace.subarray(at, at + 8 + 4 * ace.readUInt8(at + 1)));
}

/** LDAP_SERVER_SD_FLAGS_OID with 4: the discretionary list alone, which needs no right to audit (MS-ADTS §3.1.1.3.4.1.11). */
export class OnlyDacl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.801', { critical: true });
  }

  override writeControl(writer: BerWriter): void {
    writer.writeBuffer(Buffer.from([0x30, 0x03, 0x02, 0x01, 0x04]), 4);
  }
}
