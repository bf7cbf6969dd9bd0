export interface OwnPaths {
  readonly libraries: readonly string[];
  readonly config: readonly string[];
  readonly data: readonly string[];
}

// A path is a literal here, and never a pattern (apparmor.d(5), "Globbing").
const literal = (path: string) => path.replace(/[\\*?[\]{}^"@]/g, '\\$&');

/**
 * The local rules that a BIND with paths of its own needs. The binary takes none: aa-exec opens it while it is
 * still unconfined (measured on Debian 12; a private library without `m` is denied).
 */
export function pathRules({ libraries, config, data }: OwnPaths): readonly string[] {
  const rules = (paths: readonly string[], permissions: string) =>
    paths.map((path) => `"${literal(path)}{,/,/**}" ${permissions},`);
  return [...rules(libraries, 'mr'), ...rules(config, 'r'), ...rules(data, 'rw')];
}
