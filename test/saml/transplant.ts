// Moves elements of a message about, whole: what comes of it is well-formed, and may be any wrapping attack.
import fc from '#test/property.ts';
import { maya } from '#test/servers/saml-idp.ts';
import { admin } from './hostile.ts';

type Span = { readonly from: number; readonly to: number; readonly inner: number };

/** Where every element begins and ends, and where its content begins. */
function spansOf(xml: string): readonly Span[] {
  const spans: Span[] = [];
  const open: { readonly from: number; readonly inner: number }[] = [];
  for (const { 0: tag, index } of xml.matchAll(/<[^>]*>/g)) {
    const end = index + tag.length;
    const begun = tag.startsWith('</') ? open.pop() : undefined;
    if (begun !== undefined) spans.push({ ...begun, to: end });
    else if (tag.endsWith('/>')) spans.push({ from: index, to: end, inner: end });
    else open.push({ from: index, inner: end });
  }
  return spans;
}

type Move = {
  readonly what: number;
  readonly where: number;
  readonly place: 'before' | 'within' | 'after' | 'instead';
  readonly takesAway: boolean;
  readonly asAdmin: boolean;
  readonly renames: boolean;
};

export const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.record({
    what: fc.nat(1_000),
    where: fc.nat(1_000),
    place: fc.constantFrom('before', 'within', 'after', 'instead'),
    takesAway: fc.boolean(),
    asAdmin: fc.boolean(),
    renames: fc.boolean(),
  }),
  { minLength: 1, maxLength: 3 },
);

export function moved(xml: string, list: readonly Move[]): string {
  return list.reduce((text, move) => movedOnce(text, move), xml);
}

function movedOnce(xml: string, { what, where, place, ...how }: Move): string {
  const spans = spansOf(xml);
  const from = spans[what % spans.length];
  const to = spans[where % spans.length];
  if (from === undefined || to === undefined) return xml;
  const taken = xml.slice(from.from, from.to);
  const named = how.asAdmin ? taken.replaceAll(maya, admin) : taken;
  const piece = how.renames ? named.replace(/ ID="/g, ' ID="_other') : named;
  const at = { before: to.from, within: to.inner, after: to.to, instead: to.from }[place];
  const rest = place === 'instead' ? xml.slice(to.to) : xml.slice(at);
  const put = xml.slice(0, at) + piece + rest;
  return how.takesAway ? put.replace(taken, '') : put;
}
