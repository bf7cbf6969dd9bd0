import { isMapping } from '../yaml/values.ts';

type Json = Readonly<Record<string, unknown>>;

/** A schema shorter than this is clearer where it stands. */
const minLength = 150;

/**
 * Moves schemas that occur again and again into `definitions`: two hundred settings of one type would
 * otherwise be written out two hundred times.
 */
export function shareRepeated(schema: Json): Json {
  const counts = new Map<string, number>();
  const count = (value: unknown): void => {
    if (isSchema(value)) {
      const text = JSON.stringify(value);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    for (const member of membersOf(value)) count(member);
  };
  count(schema);

  const names = new Map<string, string>();
  const shared: Record<string, unknown> = {};
  const replaceMembers = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (!isMapping(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replace(member)]));
  };
  const replace = (value: unknown): unknown => {
    const text = isSchema(value) ? JSON.stringify(value) : '';
    if (text.length < minLength || (counts.get(text) ?? 0) < 3) return replaceMembers(value);
    let name = names.get(text);
    if (name === undefined) {
      name = `value${names.size + 1}`;
      names.set(text, name);
      shared[name] = replaceMembers(value);
    }
    return { $ref: `#/definitions/${name}` };
  };
  const { definitions, ...rest } = schema;
  const replaced = Object.entries(rest).map(([key, value]) => [key, replace(value)]);
  const known = isMapping(definitions) ? definitions : {};
  const defined = Object.entries(known).map(([key, value]) => [key, replaceMembers(value)]);
  return { ...Object.fromEntries(replaced), definitions: { ...Object.fromEntries(defined), ...shared } };
}

/** Mappings of properties are no schemas, though a property may be called "type". */
function isSchema(value: unknown): value is Json {
  return isMapping(value) && (typeof value['type'] === 'string' || Array.isArray(value['anyOf']));
}

function membersOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
