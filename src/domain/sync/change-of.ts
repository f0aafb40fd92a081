// A change of a sync: what all of them have, whatever they do.
import type { Change } from '#domain/change.ts';
import type { Rules } from './rules.ts';

export type Given = Pick<Change, 'kind' | 'before' | 'after' | 'target'> & {
  readonly because: string;
};

/** Its members stand in the order of the canonical text (RFC 8785), for which nothing is copied then. */
export function changeOf(
  rules: Pick<Rules, 'target' | 'connectionId' | 'system'>,
  { key, name }: { readonly key: string; readonly name: string },
  { kind, before, after, target, because }: Given,
): Change {
  return {
    action: `sync-${rules.target}`,
    after,
    because: [because],
    before,
    connectionId: rules.connectionId,
    fallbacks: [],
    id: `${key}:${kind}`,
    kind,
    needs: [],
    personKey: key,
    personName: name,
    reversible: true,
    step: 0,
    system: rules.system,
    target,
  };
}
