// Where somebody may be led back to.

/** Only a path of this very hub: nobody is sent elsewhere by a link to our sign-in page. */
export function ownPath(wanted: string): string {
  const base = 'http://hub.invalid';
  if (!wanted.startsWith('/') || !URL.canParse(wanted, base)) return '/';
  const url = new URL(wanted, base);
  // `/.//elsewhere` resolves to a path that a browser would take for another host.
  if (url.origin !== base || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}
