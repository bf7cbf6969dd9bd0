import { z } from 'zod';
import type { HostName } from '../brand.ts';
import type { Availability } from '../rollout/types.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import type { Findings } from './findings.ts';
import type { ResolvedVars } from './types.ts';

const Names = z.union([z.string().min(1), z.array(z.string().min(1))]).transform((it) => [it].flat());

/** What the inventory says of a host as a server of zones. Throws nothing: what is wrong is reported at its place. */
export function availabilityOf(host: HostName, vars: ResolvedVars, findings: Findings): Availability {
  const read = <T>(name: string, schema: z.ZodType<T>, none: T, what: string): T => {
    const given = findings.attempt(() => vars.get(name), host);
    if (given === undefined) return none;
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    const at = vars.at(name);
    findings.report(
      findingAt(at ? { at, length: name.length } : namedSpot(name), `"${name}" must be ${what}`),
      host,
    );
    return none;
  };
  const address = findings.attempt(() => vars.get('ansible_host'), host);
  const names = read('ns_names', Names, [], 'a name or a list of names');
  return {
    names: [...new Set([host, ...(typeof address === 'string' ? [address] : []), ...names])],
    foreign: read('foreign_ns', Names, [], 'a name or a list of names'),
    maxUnavailable: read('max_unavailable', z.int().min(1), 1, 'a whole number from 1 on'),
  };
}
