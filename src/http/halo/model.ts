// A model of Halo's: its members under one name, and the bodies that are made of it.
import { z } from 'zod';

/** The members of one posted object that its model knows, each of its type. */
export type Given = Readonly<Record<string, unknown>>;

export const elementsMax = 1000;

const models = new WeakSet<object>();

/**
 * The schema of one of Halo's models, by Halo's name for it. Every member may be left out; unknown ones are
 * ignored where they are posted and stand in no answer.
 */
export function haloModel<S extends z.ZodRawShape>(id: string, members: S, description?: string) {
  const model = z
    .object(members)
    .partial()
    .meta({ id, ...(description === undefined ? {} : { description }) });
  models.add(model);
  return model;
}

export function isHaloModel(schema: object): boolean {
  return models.has(schema);
}

/** The body of most POSTs: an array of objects, or one. Names of members are read in any letter case. */
export function oneOrMany<S extends z.ZodObject>(model: S) {
  return z.preprocess(
    (body) => (Array.isArray(body) ? body : [body]).map((one) => inHalosSpelling(one, model)),
    z.array(model).min(1, 'is empty: send at least one object').max(elementsMax),
  );
}

/** The body of the few POSTs that take a single object, such as /ImpersonationRequest. */
export function justOne<S extends z.ZodObject>(model: S) {
  return z.preprocess((body) => {
    const [one, ...others] = Array.isArray(body) ? body : [body];
    return others.length > 0 ? body : inHalosSpelling(one, model);
  }, model);
}

/** One object as Halo answers it, an array where several were posted: the answer of a POST. */
export function saved(objects: readonly unknown[]) {
  return { status: 201, body: objects.length === 1 ? objects[0] : objects };
}

/** What a POST of one or many is documented to answer. */
export function savedAnswer<S extends z.ZodType>(model: S) {
  return { 201: z.union([model, z.array(model)]) };
}

function inHalosSpelling(one: unknown, { shape }: z.ZodObject): unknown {
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
  const spellings = spellingsOf(shape);
  const known = new Map<string, unknown>();
  for (const [name, value] of Object.entries(one)) {
    const spelt = Object.hasOwn(shape, name) ? name : spellings.get(name.toLowerCase());
    if (spelt !== undefined && !(known.has(spelt) && spelt !== name)) known.set(spelt, value);
  }
  return Object.fromEntries(known);
}

const spellingsOfShapes = new WeakMap<object, ReadonlyMap<string, string>>();

/** Nearly all of Halo's members are in lower case; `azureTenantId` is not. */
function spellingsOf(shape: z.ZodRawShape): ReadonlyMap<string, string> {
  const known = spellingsOfShapes.get(shape);
  if (known !== undefined) return known;
  const made = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  spellingsOfShapes.set(shape, made);
  return made;
}
