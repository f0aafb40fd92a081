// A QR code as part of a page: an app is set up with it.
import { encode } from 'uqr';
import { type Html, html } from './html.ts';

/** One path of dark squares on white, in whichever colours the page is: cameras want it so. */
export function qrCode(text: string): Html {
  const { size, data } = encode(text, { border: 2 });
  const squares = data.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return html`<svg viewBox="0 0 ${size} ${size}" width="220" height="220" role="img"
 aria-label="The QR code for your app" shape-rendering="crispEdges">
<rect width="${size}" height="${size}" fill="#fff"/><path d="${squares.join('')}" fill="#000"/></svg>`;
}
