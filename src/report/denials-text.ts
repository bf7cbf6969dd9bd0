import type { Cluster } from '../audit/cluster.ts';
import type { Palette } from './palette.ts';

/** How many hosts and commands are named before the rest is a number. */
const few = 4;

/** Denials for people: two lines each, the widespread ones first. */
export function denialsText(all: readonly Cluster[], paint: Palette, hosts: boolean): string {
  return all
    .flatMap((it) => {
      const what = [it.kind, it.masks, it.owner ? 'by its owner' : ''].filter(Boolean).join(' ');
      const spread = hosts ? `${it.hosts.length} ${it.hosts.length === 1 ? 'host' : 'hosts'}, ` : '';
      return [
        `${spread}${verdict(it, paint)} ${what}: ${paint.bold(it.subject)}${it.need === undefined ? '' : ` (${it.need})`}`,
        paint.dim(
          `  ${times(it)} by ${named(it.commands)} under ${it.profile}${hosts ? ` on ${named(it.hosts)}` : ''}`,
        ),
      ];
    })
    .join('\n');
}

const verdict = ({ event }: Cluster, paint: Palette): string =>
  event === 'ALLOWED' ? paint.yellow(event) : paint.red(event);

function times({ count, first, last }: Cluster): string {
  const often = count === 1 ? 'once' : `${count} times`;
  if (first === undefined || last === undefined) return often;
  return count === 1 ? `${often}, ${instant(last)},` : `${often}, ${instant(first)} to ${instant(last)},`;
}

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

const named = (all: readonly string[]): string =>
  all.length <= few ? all.join(', ') : `${all.slice(0, few).join(', ')} and ${all.length - few} more`;
