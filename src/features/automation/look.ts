// Looking: the whole source, then whatever the plan asks about the directory. Nothing here can write.
import type { AutomationDefinition } from '#domain/automation.ts';
import type { InboundEndpoint } from '#domain/endpoint.ts';
import type { Link } from '#domain/link.ts';
import {
  type Answers,
  asksNothing,
  type Known,
  knowingLinks,
  learn,
  type Questions,
  roundsMax,
} from '#domain/looking.ts';
import { noOrigins, type Origins } from '#domain/origin.ts';
import { attributesNeeded, questions } from '#domain/planning.ts';
import { ApplicationRefusal, type Paging } from '#domain/ports/application.ts';
import type { DirectoryReader } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { refuse } from '#domain/problem.ts';
import type { SourceRead } from '#domain/record.ts';
import { readSource } from '#domain/source.ts';
import { isKeyedByUser } from './own-desk.ts';
import type { LookPorts } from './ports.ts';
import { placeOf, renderRequest } from './render-request.ts';

/** Reads every endpoint of the source to its end, types the rows and joins them. */
export async function readPeople(
  ports: LookPorts,
  definition: AutomationDefinition,
  signal?: AbortSignal,
): Promise<SourceRead> {
  const rows: (readonly unknown[])[] = [];
  for (const endpoint of definition.endpoints) {
    const read = readEndpoint(ports, definition, endpoint, signal);
    rows.push(await orUnreadable(endpoint.name, read));
  }
  return readSource(definition, rows);
}

/** Everything the plan must know of the directory, asked for in rounds. */
export async function lookAtDirectory(
  ports: LookPorts,
  definition: AutomationDefinition,
  source: SourceRead,
  links: readonly Link[],
  now: Date,
): Promise<Known> {
  const connectionId = definition.automation.directoryConnectionId;
  const name = definition.systems[connectionId] ?? 'The directory';
  const origins = await findOrigins(ports, definition, source);
  return orUnreadable(
    name,
    (async () => {
      await using directory = await ports.openDirectory(connectionId);
      const attributes = attributesNeeded(definition);
      let known = knowingLinks(links, origins);
      for (let round = 0; round < roundsMax; round += 1) {
        const asked = questions(definition, source, known, now);
        if (asksNothing(asked)) break;
        known = learn(known, asked, await answer(directory, asked, attributes));
      }
      return known;
    })(),
  );
}

/** Of a desk's users, all at once; of other records no sync says anything. */
async function findOrigins(
  ports: LookPorts,
  { automation, endpoints: [main] }: AutomationDefinition,
  { records }: SourceRead,
): Promise<Origins> {
  if (main === undefined || !isKeyedByUser(main)) return noOrigins;
  const keys = records.map(({ key }) => key);
  return ports.originsOf(automation.directoryConnectionId, main.connectionId, keys);
}

export async function answer(
  directory: DirectoryReader,
  asked: Questions,
  attributes: readonly string[],
): Promise<Answers> {
  const byId = await directory.findAccounts(asked.accountIds, attributes);
  const accounts = [...byId.values()];
  for (const query of asked.accountsWith) {
    accounts.push(...(await directory.findByAttribute(query, attributes)));
  }
  const taken: { asked: Questions['names'][number]; taken: ReadonlySet<string> }[] = [];
  for (const query of asked.names) {
    taken.push({ asked: query, taken: await directory.findTaken(query) });
  }
  const containers = new Map<string, boolean>();
  for (const dn of asked.containers) containers.set(dn, await directory.containerExists(dn));
  return {
    accounts,
    taken,
    containers,
    groups: await directory.findGroups(asked.groups),
    protectedIds: await directory.findProtected(asked.protectedIds),
  };
}

async function readEndpoint(
  ports: LookPorts,
  definition: AutomationDefinition,
  endpoint: InboundEndpoint,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const place = await placeOf(ports, endpoint.connectionId);
  const { environment } = definition;
  const request = renderRequest(endpoint.request, { now: ports.clock(), environment }, place);
  const { rowsPath, pagesMax } = endpoint;
  await using application = await ports.openApplication(endpoint.connectionId);
  const pages = application.readRows(
    { request, rowsPath, pagesMax, paging: pagingOf(endpoint) },
    signal,
  );
  const rows: unknown[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

function pagingOf({ paging }: InboundEndpoint): Paging {
  if (paging.kind === 'none') return paging;
  const { totalPath, ...numbered } = paging;
  return totalPath === undefined ? numbered : { ...numbered, totalPath };
}

/** A read that failed or stopped half-way is no look at all: it ends in a sentence and nothing is kept. */
export async function orUnreadable<T>(name: string, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ApplicationRefusal || error instanceof DirectoryRefusal) {
      refuse('source.unreadable', { name, reason: error.message, cause: error.code }, error.detail);
    }
    throw error;
  }
}
