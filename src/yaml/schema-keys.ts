import { z } from 'zod';

/** The keys that a schema knows at a path inside its value; empty where any key is allowed. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let here: readonly z.core.$ZodType[] = unwrap(schema);
  for (const step of path) here = here.flatMap((s) => membersOf(s, step).flatMap(unwrap));
  return [
    ...new Set(here.flatMap((s) => (s instanceof z.core.$ZodObject ? Object.keys(s._zod.def.shape) : []))),
  ];
}

function membersOf(schema: z.core.$ZodType, step: PropertyKey): readonly z.core.$ZodType[] {
  if (schema instanceof z.core.$ZodObject) {
    const member = schema._zod.def.shape[String(step)] ?? schema._zod.def.catchall;
    return member === undefined ? [] : [member];
  }
  if (schema instanceof z.core.$ZodArray) return [schema._zod.def.element];
  if (schema instanceof z.core.$ZodRecord) return [schema._zod.def.valueType];
  return [];
}

/** The schemas that a value may have to fit: wrappers taken off, unions laid side by side. */
function unwrap(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap(unwrap);
  if (schema instanceof z.core.$ZodIntersection)
    return [...unwrap(schema._zod.def.left), ...unwrap(schema._zod.def.right)];
  if (schema instanceof z.core.$ZodPipe) return unwrap(schema._zod.def.in);
  if (schema instanceof z.core.$ZodLazy) return unwrap(schema._zod.def.getter());
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodReadonly
  )
    return unwrap(schema._zod.def.innerType);
  return [schema];
}
