import { h, type Markup } from './markup.ts';
import type { HostRun } from './run.ts';
import { standingOf, standings, standingWords, type Standing } from './standing.ts';

/** A section with a heading, and what it holds beside it in small. */
export const section = (id: string, name: string, aside: string, inner: Markup): Markup =>
  h`<section id="${id}"><h2>${name} <small>${aside}</small></h2>${inner}</section>`;

/** A number of things in words. */
export const many = (count: number, one: string, more = `${one}s`): string =>
  `${count} ${count === 1 ? one : more}`;

/** A time to the minute, by the clock of UTC. */
export const instant = (at: number): Markup =>
  h`<time>${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')}</time>`;

/** How many hosts stand where, the worst first; those that nobody is in are left out. */
export function shares(hosts: readonly HostRun[]): readonly (readonly [Standing, number])[] {
  const counts = new Map<Standing, number>();
  for (const it of hosts) {
    const standing = standingOf(it);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  return standings.flatMap((it) => (counts.has(it) ? [[it, counts.get(it) ?? 0] as const] : []));
}

/** Shares of a whole as one bar. */
export function bar(parts: readonly (readonly [string, number])[], label: string): Markup {
  const total = parts.reduce((sum, [, n]) => sum + n, 0);
  let x = 0;
  const rects = parts.map(([kind, n]) => {
    const at = x;
    x += n;
    return h`<rect class="${kind}" x="${at}" width="${n}" height="1"/>`;
  });
  return h`<svg class="bar" viewBox="0 0 ${Math.max(1, total)} 1" preserveAspectRatio="none" role="img" aria-label="${label}">${rects}</svg>`;
}

/** Hosts by name; more than a few of them fold. */
export function hostList(hosts: readonly string[], few = 6): Markup {
  const names = h`<span class="hosts">${hosts.map((it) => h`<span>${it}</span>`)}</span>`;
  return hosts.length <= few
    ? names
    : h`<details class="fold"><summary>${many(hosts.length, 'host')}</summary>${names}</details>`;
}

export const legend = (parts: readonly (readonly [Standing, number])[]): Markup =>
  h`<ul class="legend">${parts.map(([kind, n]) => h`<li><i class="dot ${kind}"></i><b>${n}</b> ${standingWords[kind]}</li>`)}</ul>`;
