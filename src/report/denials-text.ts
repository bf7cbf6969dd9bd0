import { counted } from '../counted.ts';
import type { Cluster } from '../audit/cluster.ts';
import { needText } from '../bind/needs.ts';
import { times } from '../fleet/finding.ts';
import type { Palette } from './palette.ts';
import { shown } from './shown.ts';

/** How many hosts and statements are named before the rest is a number. */
const few = 4;

/**
 * Denials for people: two lines each, the widespread ones first.
 * @param named whether hosts have names, or all is one log
 */
export function denialsText(all: readonly Cluster[], paint: Palette, named: boolean): string {
  return all
    .flatMap((it) => {
      const what = [it.kind, it.kind === 'file' ? it.operation : '', shown(it.mask)]
        .filter(Boolean)
        .join(' ');
      const spread = named ? `${counted(it.hosts.length, 'host')}, ` : '';
      const needs = it.needs.map(({ need }) => shown(needText(need)));
      const hosts = named ? ` on ${listed(it.hosts.map(({ host }) => host))}` : '';
      return [
        `${spread}${verdict(it, paint)} ${what}: ${paint.bold(shown(it.name))}${needs.length === 0 ? '' : ` (${listed(needs)})`}`,
        paint.dim(
          `  ${seenWhen(it)}${it.owner === true ? ' by its owner' : ''} under ${shown(it.profile)}${hosts}`,
        ),
      ];
    })
    .join('\n');
}

const verdict = ({ verdict: it }: Cluster, paint: Palette): string =>
  it === 'ALLOWED' ? paint.yellow(it) : paint.red(it);

function seenWhen({ count, first, last }: Cluster): string {
  const often = times(count);
  if (first === undefined || last === undefined) return often;
  return count === 1 ? `${often}, ${instant(last)},` : `${often}, ${instant(first)} to ${instant(last)},`;
}

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

const listed = (all: readonly string[]): string =>
  all.length <= few ? all.join(', ') : `${all.slice(0, few).join(', ')} and ${all.length - few} more`;
