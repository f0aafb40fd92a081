// Controls that ldapts does not know: written with their values as octets, and found among those of an answer.
import { type BerWriter, Control } from 'ldapts';
import { Cursor, tags } from './ber.ts';

/** A control with a value of its own encoding; critical: a server that does not know it must refuse. */
export function controlOf(oid: string, value?: Buffer): Control {
  return new Valued(oid, value);
}

class Valued extends Control {
  readonly #value: Buffer | undefined;

  constructor(oid: string, value: Buffer | undefined) {
    super(oid, { critical: true });
    this.#value = value;
  }

  override writeControl(writer: BerWriter): void {
    if (this.#value !== undefined) writer.writeBuffer(this.#value, tags.octets);
  }
}

/** The value of the control with that OID, if it is among these and has one (RFC 4511 §4.1.11). */
export function controlValue(controls: Buffer, oid: string): Buffer | undefined {
  if (controls.length === 0) return undefined;
  const cursor = new Cursor(controls);
  cursor.enter(0, controls.length, tags.controls);
  const end = cursor.to;
  for (let at = cursor.from; at < end; ) {
    cursor.enter(at, end, tags.sequence);
    const control = cursor.to;
    cursor.enter(cursor.from, control, tags.octets);
    const found = controls.toString('latin1', cursor.from, cursor.to) === oid;
    at = control;
    if (!found || cursor.to >= control) continue;
    cursor.next(cursor.to, control);
    if (cursor.tag === tags.boolean && cursor.to < control) cursor.next(cursor.to, control);
    return cursor.tag === tags.octets ? controls.subarray(cursor.from, cursor.to) : undefined;
  }
  return undefined;
}
