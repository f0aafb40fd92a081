// Of what a provider says about somebody the tracer shows enough to recognise it, and no more.

/** "maya.ortega@larkfield.test" -> "may…@larkfield.test", "0a1b2c3d4e" -> "0a1…": for people to compare. */
export function redact(value: string): string {
  const at = value.lastIndexOf('@');
  const [text, rest] = at > 0 ? [value.slice(0, at), value.slice(at)] : [value, ''];
  const shown = [...text].slice(0, Math.min(3, Math.floor([...text].length / 2))).join('');
  return `${shown}…${rest}`;
}
