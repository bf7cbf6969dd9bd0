import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostName } from '../../../src/brand.ts';
import { html } from '../../../src/report/html.ts';
import type { Run } from '../../../src/report/run.ts';
import { attested, denial, trail } from '../../support/attested.ts';
import { browser, type Browser } from '../../support/browser.ts';
import { applyRun, member, planOf, runWith, statusRun } from '../../support/fleet-run.ts';
import { tmpFolder } from '../../support/sshd.ts';

let chromium: Browser;
let folder: string;
beforeAll(async () => {
  folder = tmpFolder('html');
  chromium = await browser();
});
afterAll(async () => {
  await chromium.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a browser makes of the page of a run: what it shows, and all that it does besides. */
async function opened(run: Run, width: number, ask: Readonly<Record<string, string>>) {
  const file = join(folder, 'report.html');
  writeFileSync(file, html(run));
  const page = await chromium.newPage({ viewport: { width, height: 844 } });
  const did: string[] = [];
  page.on('request', (it) => did.push(it.url()));
  page.on('console', (it) => did.push(it.text()));
  page.on('dialog', () => did.push('dialog'));
  page.on('pageerror', () => did.push('script'));
  await page.goto(`file://${file}`);
  const answers = await page.evaluate<Record<string, unknown>>(
    `({ ${Object.entries(ask)
      .map(([key, expression]) => `${JSON.stringify(key)}: ${expression}`)
      .join(', ')} })`,
  );
  await page.close();
  return { ...answers, did: did.filter((it) => it !== `file://${file}` && it !== 'data:,') };
}

const wider = 'document.documentElement.scrollWidth > innerWidth';
const count = (selector: string) => `document.querySelectorAll(${JSON.stringify(selector)}).length`;
const text = (selector: string) => `document.querySelector(${JSON.stringify(selector)})?.innerText`;

describe('the page of a fleet', () => {
  it('shows every host in its group and wave, with what confines it, and asks nobody for anything', async () => {
    const seen = await opened(statusRun(500), 1280, {
      verdict: text('.verdict'),
      cells: count('.cells a'),
      blocks: `[...document.querySelectorAll('.block h3')].map((it) => it.innerText.replace(/\\s+/g, ' '))`,
      waves: `[...document.querySelectorAll('.block h4')].map((it) => it.innerText)`,
      rows: count('.list tbody tr'),
      denied: text('#denials h2 small'),
      drift: text('#changes h2 small'),
      wider,
    });
    expect(seen).toEqual({
      verdict: '454 of 500 hosts as declared',
      cells: 500,
      blocks: [
        'nameservers / primaries 50',
        'nameservers / secondaries 300',
        'nameservers / resolvers 150',
        '9 hosts',
      ].slice(0, 3),
      waves: ['wave 1', 'wave 3', 'wave 2'],
      rows: 500,
      denied: '21 accesses on 12 hosts, since their last boot',
      drift: '9 hosts, 1 kind of change',
      wider: false,
      did: [],
    });
  });

  it('fits a phone, and 500 hosts a mail', async () => {
    const run = statusRun(500);
    expect(await opened(run, 390, { wider, height: 'document.body.scrollHeight < 30000' })).toEqual({
      wider: false,
      height: true,
      did: [],
    });
    expect(html(run).length).toBeLessThan(400_000);
  });

  it('leads from its cell to a host that the list leaves out', async () => {
    const run = statusRun(500);
    const visible = (id: string) => `document.getElementById('${id}').offsetHeight > 0`;
    const seen = await opened(run, 1280, {
      before: visible('h0'),
      odd: visible('h13'),
      after: `(document.querySelector('.cells a[href="#h0"]').click(), ${visible('h0')})`,
    });
    expect(seen).toEqual({ before: false, odd: true, after: true, did: [] });
  });

  it('has the diffs on demand', async () => {
    const seen = await opened(applyRun([{ is: 'committed' }, { is: 'committed' }]), 390, {
      closed: `document.querySelector('.change details:last-of-type').open`,
      opened: `(document.querySelector('.change > details').open = true, [...document.querySelectorAll('.diff .plus, .diff .minus')].map((it) => it.innerText.trim()))`,
      wider,
    });
    expect(seen).toEqual({
      closed: false,
      opened: ['-ProtectHome=no', '+ProtectHome=yes'],
      wider: false,
      did: [],
    });
  });
});

it.each([390, 1280])(
  'whatever hosts call themselves and say, no script runs, at %i pixels',
  async (width) => {
    const bad = `"'></title></style><script>hacked=1</script><img src=x onerror=hacked=1><a href="javascript:hacked=1">`;
    const long = 'x'.repeat(240);
    const members = [{ ...member(0, bad), groups: [bad, long] }, member(1, long)];
    const status = attested({
      trail: trail({ denials: [{ ...denial, name: bad, profile: 'named', mask: bad }] }),
    });
    const plan = { ...planOf('ns1'), host: bad as HostName };
    const events = [
      { event: 'host-planned', host: bad, plan } as const,
      { event: 'warning', host: bad, message: bad } as const,
      { event: 'warning', host: undefined, message: long } as const,
      { event: 'host-status', schemaVersion: 1, ...status, host: bad } as const,
      {
        event: 'host-ended',
        host: long,
        outcome: { is: 'undone', reason: bad, log: [bad, long, '\u001b[31m\u0000'] },
      } as const,
    ];
    const run = runWith(bad, members, events);
    const seen = await opened(run, width, {
      hacked: `typeof hacked`,
      foreign: count('script, img, a[href^=javascript]'),
      shown: `document.body.innerText.includes('<script>hacked=1</script>')`,
      wider,
    });
    expect(seen).toEqual({ hacked: 'undefined', foreign: 0, shown: true, wider: false, did: [] });
  },
);
