// Statements that are sent all the time keep their plan: one whose text begins with `/* kept: name */` is
// prepared once on each connection and asked for by its name ever after. And COPY, which kysely does not know.
import type pg from 'pg';
import { copyRows, isCopyIn } from './copy-in.ts';

const mark = /^\/\* kept: ([a-z-]+) \*\//;

/** The same pool; of what it is asked through kysely, marked statements go by their name. */
export function keepingStatements(pool: pg.Pool): pg.Pool {
  const known = new WeakMap<pg.PoolClient, pg.PoolClient>();
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') {
        return async () => {
          const client = await target.connect();
          const keeping = known.get(client) ?? keepingClient(client);
          known.set(client, keeping);
          return keeping;
        };
      }
      return memberOf(target, name);
    },
  });
}

function keepingClient(client: pg.PoolClient): pg.PoolClient {
  const query = (text: unknown, values: unknown) => {
    if (typeof text === 'string' && isCopyIn(text, values))
      return copyRows(client, text, values[0]);
    const name = typeof text === 'string' ? mark.exec(text)?.[1] : undefined;
    const asked = name === undefined ? [text, values] : [{ name, text, values }];
    return Reflect.apply(client.query, client, asked);
  };
  return new Proxy(client, {
    get: (target, name) => (name === 'query' ? query : memberOf(target, name)),
  });
}

function memberOf(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name);
  return typeof member === 'function' ? member.bind(target) : member;
}
