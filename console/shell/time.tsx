// A time as people say it, with the exact one on hover, in the reader's zone.
import { useEffect, useState } from 'react';
import { spoken } from './spoken.ts';

const tickMs = 30_000;

export function Time({ at }: { readonly at: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(ticking);
  }, []);
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()} className="time">
      {spoken(date.getTime() - now)}
    </time>
  );
}
