// Checking a definition when it is saved: whatever planning would stumble over for everybody is said at once.
import type { AutomationDefinition } from './automation.ts';
import { conditionsOf, operators } from './criteria.ts';
import { columnsOf, readTemplate } from './macro.ts';
import { Problem } from './problem.ts';
import { listed } from './words.ts';

/** One sentence for each thing wrong; none when the automation can be planned. */
export function checkDefinition(definition: AutomationDefinition): string[] {
  return [
    ...checkEndpoints(definition),
    ...checkColumns(definition),
    ...checkConditions(definition),
    ...checkTemplates(definition),
  ];
}

function checkEndpoints({ automation, endpoints, webhooks }: AutomationDefinition): string[] {
  const drafts = [...endpoints, ...webhooks].filter(({ state }) => state === 'draft');
  const keys = new Set(endpoints.map(({ primaryKey }) => primaryKey));
  const names = endpoints.flatMap(({ columns }) => columns.map(({ name }) => name));
  const twice = names.filter((name, at) => !keys.has(name) && names.indexOf(name) !== at);
  const keyless = endpoints.filter(
    ({ primaryKey, columns }) => !columns.some(({ name }) => name === primaryKey),
  );
  const told = new Set(webhooks.map(({ id }) => id));
  return [
    ...drafts.map(({ name }) => `${name} is a draft; test and save it first.`),
    ...keyless.map(
      ({ name, primaryKey }) => `${name} has no column ${primaryKey} for its primary key.`,
    ),
    ...[...new Set(twice)].map((name) => `The column ${name} is in two endpoints; rename one.`),
    ...(endpoints.length === automation.source.endpoints.length
      ? []
      : ['An inbound endpoint of the source does not exist any more; choose another.']),
    ...(automation.tell.every(({ webhookId }) => told.has(webhookId))
      ? []
      : ['An outbound webhook to tell does not exist any more; choose another.']),
  ];
}

/** Columns that are named outside of criteria and templates. */
function checkColumns(definition: AutomationDefinition): string[] {
  const { automation, mapping } = definition;
  const { container, match, startDate } = automation;
  const zone = startDate?.timeZone;
  const named = [
    ...match.map(({ column }) => column),
    ...(container.kind === 'by-column' ? [container.column] : []),
    ...(startDate === null ? [] : [startDate.column]),
    ...(zone?.kind === 'by-column' ? [zone.column] : []),
    ...Object.values(mapping.names)
      .flatMap((format) => format?.recipes.flat() ?? [])
      .flatMap((part) => (part.kind === 'column' ? [part.column] : [])),
  ];
  return unknownColumns(definition, named).map(
    (column) => `There is no column ${column} in the source; it is used for matching or naming.`,
  );
}

function checkConditions(definition: AutomationDefinition): string[] {
  const { automation, endpoints } = definition;
  const columns = new Map(endpoints.flatMap((one) => one.columns).map((one) => [one.name, one]));
  const criteria = automation.steps.flatMap((step) => {
    if (step.action === 'disable-account') return [step.settings.when];
    return step.action === 'add-to-groups' ? step.settings.rules.map(({ when }) => when) : [];
  });
  return [automation.scope, ...criteria].flatMap(conditionsOf).flatMap(({ column, operator }) => {
    const found = columns.get(column);
    if (found === undefined)
      return [`There is no column ${column} in the source, as a condition asks.`];
    const { words, on } = operators[operator];
    const fits = on.some((type) => type === found.type);
    return fits ? [] : [`"${column} ${words}" is for ${listed(on)}; ${column} is ${found.type}.`];
  });
}

function checkTemplates(definition: AutomationDefinition): string[] {
  const { automation, mapping, webhooks } = definition;
  const { container } = automation;
  const templates = [
    automation.source.personName,
    ...mapping.rows.map(({ value }) => value),
    ...webhooks.map(({ target }) => target),
    ...(container.kind === 'fixed' ? [container.dn] : Object.values(container.containers)),
    ...automation.steps.flatMap((step) =>
      step.action === 'add-to-groups' ? step.settings.rules.flatMap(({ groups }) => groups) : [],
    ),
  ];
  return [...new Set(templates)].flatMap((text) => checkTemplate(definition, text));
}

/** A macro that names no column and no variable may yet be an attribute of the account: ask for the prefix. */
function checkTemplate(definition: AutomationDefinition, text: string): string[] {
  try {
    const variables = new Set(Object.keys(definition.environment));
    const named = columnsOf(readTemplate(text)).filter((name) => !variables.has(name));
    return unknownColumns(definition, named).map(
      (name) => `%${name}% is no column of the source; write %ad.${name}% for the attribute.`,
    );
  } catch (problem) {
    if (problem instanceof Problem) return [problem.message];
    throw problem;
  }
}

function unknownColumns({ endpoints }: AutomationDefinition, named: readonly string[]): string[] {
  const known = new Set(endpoints.flatMap(({ columns }) => columns.map(({ name }) => name)));
  return [...new Set(named)].filter((name) => !known.has(name));
}
