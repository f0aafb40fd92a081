// Why a container was not read to its end, and of which server.
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { incomplete, refusal } from './refusals.ts';

/** Of a server that a reference led to: it says which, and what to mend there, and stays as it is. */
class ReferredRefusal extends DirectoryRefusal {}

/** `server` as host:port. */
export function ofServer(error: unknown, server: string): DirectoryRefusal {
  const known = refusal(error);
  const sentence = `At ${server}, to which the directory refers: ${known.message}`;
  return new ReferredRefusal(known.code, sentence, known.retryable, known.detail);
}

/** It is not there, or the connection went on the way. */
export function unread(error: unknown, container: string): DirectoryRefusal {
  const known = refusal(error);
  if (known instanceof ReferredRefusal) return known;
  if (known.code === 'directory.unreachable') {
    return incomplete('the connection was lost on the way', known.detail);
  }
  if (known.code !== 'object.missing' && known.code !== 'value.refused') return known;
  return missing(container, known.detail);
}

export function missing(container: string, detail?: unknown): DirectoryRefusal {
  return new DirectoryRefusal(
    'container.missing',
    `The container ${container} is not in the directory, or the service account may not see it; correct the container.`,
    false,
    detail,
  );
}
