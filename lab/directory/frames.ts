// Cuts a stream of bytes into LDAP messages, holding no more than a message may have.
import { frameLength } from './ber.ts';

/** Whole messages, one after the other; ends when the stream does, whatever is left of a message. */
export async function* frames(
  chunks: AsyncIterable<unknown>,
  bytesMax: () => number,
): AsyncGenerator<{ readonly message: Buffer; readonly isLast: boolean }> {
  let held: Buffer[] = [];
  let size = 0;
  let needed: number | undefined;
  for await (const chunk of chunks) {
    if (!Buffer.isBuffer(chunk)) continue;
    held.push(chunk);
    size += chunk.length;
    for (;;) {
      needed ??= frameLength(Buffer.concat(held), bytesMax());
      if (needed === undefined || size < needed) break;
      const whole = Buffer.concat(held);
      const rest = whole.subarray(needed);
      yield { message: whole.subarray(0, needed), isLast: rest.length === 0 };
      held = [rest];
      size = rest.length;
      needed = undefined;
    }
  }
}
