// Modules with one check taken out: what a mutation test runs the same cases against.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const root = pathToFileURL(`${import.meta.dirname}/../../src/`).href;

/** Folders whose modules come anew for each mutant; everything else is shared. */
const mutated = ['connectors/oidc/', 'features/sso/oidc/'].map((folder) => `${root}${folder}`);

const mark = /\?without=([\w.-]+)$/;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const [, check] = mark.exec(context.parentURL ?? '') ?? [];
    const inside = mutated.some((folder) => found.url.startsWith(folder));
    if (check === undefined || !inside) return found;
    return { ...found, url: `${found.url}?without=${check}` };
  },
  load(url, context, next) {
    const [, check] = mark.exec(url) ?? [];
    const loaded = next(url.replace(mark, ''), context);
    if (check === undefined || loaded.source === undefined || loaded.source === null) return loaded;
    const text = new TextDecoder().decode(Buffer.from(loaded.source as Uint8Array));
    return { ...loaded, source: without(text, check).text };
  },
});

/** `trace.refuse('x', ...)` becomes nothing at all: what was wrong goes on as if it had been right. */
export function without(
  source: string,
  check: string,
): { readonly text: string; readonly removed: number } {
  const refusal = new RegExp(`trace\\.refuse\\((\\s*'${check.replaceAll('.', '\\.')}')`, 'g');
  const removed = source.match(refusal)?.length ?? 0;
  return { text: source.replace(refusal, '(() => undefined)($1'), removed };
}

/** A module of those folders, and all it imports from them, without the check. */
export function withoutCheck(path: string, check: string): Promise<Record<string, unknown>> {
  const url = new URL(`${path}?without=${check}`, root);
  return import(url.href);
}
