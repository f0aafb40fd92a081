// What a provider said, made fit to be shown to an administrator: short, and in one line.
import { tokenLimits } from './limits.ts';

export function shortened(text: string): string {
  const line = text.replace(/\p{C}+/gu, ' ').trim();
  const max = tokenLimits.saidCharactersMax;
  return line.length <= max ? line : `${line.slice(0, max)}…`;
}
