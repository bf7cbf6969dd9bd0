import { createHash } from 'node:crypto';
import { denialsSection } from './html-denials.ts';
import { diffsSection, logsSection } from './html-diffs.ts';
import { fleetSection, summary } from './html-fleet.ts';
import { hostsSection } from './html-hosts.ts';
import { issuesSection } from './html-issues.ts';
import { rolloutsSection } from './html-rollouts.ts';
import { style } from './html-style.ts';
import { h, type Markup } from './markup.ts';
import type { Run } from './run.ts';
import { standings, standingMeaning, standingWords } from './standing.ts';

/** Nothing is loaded from anywhere and nothing runs: of all that a page can have, only this style sheet is allowed. */
const policy = `default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** A run as one page that needs nothing but itself. */
export const html = (run: Run): string => `<!doctype html>\n${page(run).markup}\n`;

const page = (run: Run): Markup => h`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="confine ${run.version}">
<title>confine ${run.command}, ${time(run.started)}</title>
<link rel="icon" href="data:,">
<style>${{ markup: style }}</style>
</head>
<body>
<header>
<p class="brand">confine</p>
<h1>${title(run)}</h1>
<p class="meta">${facts(run).map((it) => h`<span>${it}</span>`)}</p>
</header>
<main>
${summary(run)}
${fleetSection(run)}
${issuesSection(run)}
${rolloutsSection(run)}
${denialsSection(run)}
${diffsSection(run)}
${logsSection(run)}
${hostsSection(run)}
</main>
<footer>
<details><summary>How to read this</summary>
<dl>${standings.map((it) => h`<div><dt><i class="dot ${it}"></i>${standingWords[it]}</dt><dd>${standingMeaning[it]}</dd></div>`)}</dl>
</details>
<p>Made by confine ${run.version}. This page needs no network, and runs no script.</p>
</footer>
</body>
</html>`;

const titles: Readonly<Record<string, string>> = {
  status: 'What confines BIND',
  plan: 'What would change',
  apply: 'What was changed',
  check: 'What was checked',
};

const title = ({ command }: Run): string =>
  titles[command] ?? `${command.charAt(0).toUpperCase()}${command.slice(1)}`;

function facts({ command, started, seconds, commit, exit, files }: Run): readonly string[] {
  return [
    `confine ${[command, ...files].join(' ')}`,
    time(started),
    ...(seconds === undefined ? ['cut off before its end'] : [`took ${seconds.toFixed(1)} s`]),
    ...(commit ? [`commit ${commit.slice(0, 12)}`] : []),
    ...(exit === undefined ? [] : [`exit ${exit}`]),
  ];
}

const time = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
