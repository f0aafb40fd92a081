// Explains one person: fetch, join, scope, match, mapping and decision, step by step. Writes nothing anywhere.
import type { Actor } from '#domain/actor.ts';
import { type ExplainedLine, explain } from '#domain/explain.ts';
import { findPersonKey } from '#domain/find-person.ts';
import { loadAutomation } from './automations.ts';
import { listLinks } from './links.ts';
import { lookAtDirectory, readPeople } from './look.ts';
import { sourceOf } from './plan.ts';
import type { LookPorts } from './ports.ts';

export async function explainPerson(
  ports: LookPorts,
  automationId: string,
  person: string,
  actor: Actor,
  signal?: AbortSignal,
): Promise<readonly ExplainedLine[]> {
  const loaded = await loadAutomation(ports, automationId, actor);
  const { definition } = loaded;
  const now = ports.clock();
  const source = await readPeople(ports, definition, signal);
  const directoryId = definition.automation.directoryConnectionId;
  const links = await listLinks(ports.db, sourceOf(loaded), directoryId);
  const known = await lookAtDirectory(ports, definition, source, links, now);
  const personKey = findPersonKey(source, person, definition.automation.name);
  return explain(definition, source, known, personKey, now);
}
