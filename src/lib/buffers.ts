// Memory outside the heap that is not left to the garbage collector.

/**
 * Gives back what it stands on now, and not when the collector comes by: that sees little of memory that is outside
 * its heap. From then on it is empty, and so is every other view of the same.
 */
export function letGo(view: { readonly buffer: ArrayBufferLike }): void {
  if (view.buffer instanceof ArrayBuffer) view.buffer.transfer(0);
}
