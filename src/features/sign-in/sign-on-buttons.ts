// The ways in through other systems, as they stand on the sign-in page: a link each, above the password.
import { type Html, html } from '#http/html.ts';

/** One way in; composed from the applications for single sign-on. */
export type SignOnButton = {
  /** A path of this hub. */
  readonly href: string;
  readonly label: string;
  /** A data: URL of an image. */
  readonly logo: string | null;
  /** #rgb or #rrggbb. */
  readonly colour: string | null;
  /** Whether the colour fills the button; else it is a stripe at its side. */
  readonly filled: boolean;
};

export type SignOnOptions = {
  readonly buttons: readonly SignOnButton[];
  /** Where the page goes on to at once, a path of this hub. */
  readonly autoRedirect: string | undefined;
};

export const noSignOn: SignOnOptions = { buttons: [], autoRedirect: undefined };

export function signOnButtons(buttons: readonly SignOnButton[]): Html | undefined {
  if (buttons.length === 0) return undefined;
  return html`<div class="sign-ons">
${buttons.map(
  ({ href, label, logo }, at) =>
    html`<a class="sign-on sign-on-${at}" href="${href}">${
      logo !== null && html`<img src="${logo}" alt="" width="24" height="24">`
    }<span>${label}</span></a>
`,
)}</div>
<p class="or">or with your password</p>`;
}

/** In a style element with the page's nonce, for no style attribute passes the page's policy. */
export function signOnStyle(buttons: readonly SignOnButton[]): Html | undefined {
  if (buttons.length === 0) return undefined;
  return html`${shape}${buttons.map(
    ({ colour, filled }, at): Html =>
      colour === null
        ? html``
        : filled
          ? html`.sign-on-${at} { background: ${colour}; color: ${inkOn(colour)}; }
`
          : html`.sign-on-${at} { border-left: 5px solid ${colour}; }
`,
  )}`;
}

const shape: Html = {
  markup: `
.sign-ons { display: grid; gap: .6rem; margin: 0 0 1.25rem; }
.sign-on { display: flex; align-items: center; justify-content: center; gap: .6rem;
  min-height: 2.9rem; padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 6px;
  color: var(--ink); background: transparent; font-weight: 600; text-decoration: none;
  overflow-wrap: anywhere; }
.sign-on:hover span { text-decoration: underline; text-underline-offset: 3px; }
.sign-on img { flex: none; width: 1.5rem; height: 1.5rem; object-fit: contain; }
.or { display: flex; align-items: center; gap: .75rem; margin: 0; color: var(--quiet);
  font-size: .9rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
`,
};

/** Black or white, whichever can be read better on it: one of them always has a contrast above 4.5 (WCAG 1.4.3). */
export function inkOn(colour: string): '#000' | '#fff' {
  // (L + 0.05) / 0.05 against 1.05 / (L + 0.05), which are equal at 0.179.
  return luminanceOf(colour) > 0.179 ? '#000' : '#fff';
}

/** WCAG 2.2, relative luminance. */
function luminanceOf(colour: string): number {
  const digits = colour.slice(1);
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
