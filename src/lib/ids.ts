// Our own ids: UUID version 7 (RFC 9562 §5.7), so that rows sort by when they were made.
import { randomFillSync } from 'node:crypto';

const idBytes = 16;
/** Drawn for many ids at a time: asked for one by one, the draw is most of what an id costs. */
const drawn = Buffer.alloc(256 * idBytes);
let drawnAt = drawn.length;

let lastMs = 0;
let sequence = 0;

/** A new id. Ids made in one process never go backwards, even within a millisecond. */
export function newId(now: Date = new Date()): string {
  const bytes = drawBytes();
  const ms = tick(now.getTime(), bytes.readUInt16BE(6));
  bytes.writeUIntBE(ms, 0, 6);
  // RFC 9562 §6.2, method 1: the 12 bits after the version count within a millisecond.
  bytes.writeUInt16BE(0x7000 | sequence, 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** No two ids are given the same bytes: what was drawn is used once. */
function drawBytes(): Buffer {
  if (drawnAt === drawn.length) {
    randomFillSync(drawn);
    drawnAt = 0;
  }
  drawnAt += idBytes;
  return drawn.subarray(drawnAt - idBytes, drawnAt);
}

/** Moves the clock and the counter on; when the counter is full, time runs one millisecond ahead. */
function tick(nowMs: number, random: number): number {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // Start in the lower half, so that there is room to count.
    sequence = random & 0x7ff;
  } else if (sequence < 0xfff) {
    sequence += 1;
  } else {
    lastMs += 1;
    sequence = random & 0x7ff;
  }
  return lastMs;
}
