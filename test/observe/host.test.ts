import { describe, expect, it } from 'vitest';
import { exposureProbe, lastTransactionProbe } from '../../src/observe/attest.ts';
import { UnitName } from '../../src/brand.ts';
import { parseFrames } from '../../src/observe/frames.ts';
import { hostFacts, supported } from '../../src/observe/host.ts';
import { answer } from '../support/host.ts';

const frames = (it: Readonly<Record<string, string>>) => parseFrames(answer(it), 'n');

describe('hostFacts', () => {
  it('reads os-release, and what a power cut left unfinished', () => {
    const facts = hostFacts(
      frames({
        'host uid': '0\t0\t0\t0\n',
        'host os-release': 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
        'host systemd': 'yes\n',
        'host named':
          '812\t/system.slice/named.service\n901\t/system.slice/system-named.slice/named@x.service\n7\t/\n',
        'host unfinished': '/var/lib/confine/transactions/x\tapplying\n',
      }),
    );
    expect(facts).toMatchObject({
      os: 'debian',
      release: 'bookworm',
      version: '12',
      root: true,
      systemd: true,
    });
    expect(facts.named).toEqual([
      { pid: 812, unit: 'named.service' },
      { pid: 901, unit: 'named@x.service' },
      { pid: 7, unit: '' },
    ]);
    expect(facts.unfinished).toEqual([{ folder: '/var/lib/confine/transactions/x', phase: 'applying' }]);
    expect(supported(facts)).toBe(true);
  });

  it('reads who changes the host now, and what ended without that anybody was told, the oldest first', () => {
    const ended = (id: string, at: number) =>
      `folder\t/x/${id}\noutcome\tundone\nreason\tno zone\nat\t${at}\nid\t${id}\nwho\tme@there\ncommit\tc0ffee\n`;
    const facts = hostFacts(
      frames({
        'host holder': 'me@there since 2026-01-01 00:00:00 UTC\n',
        'host untold': ended('b', 9) + ended('a', 7),
      }),
    );
    const one = { outcome: 'undone', reason: 'no zone', who: 'me@there', commit: 'c0ffee' };
    expect(facts.holder).toBe('me@there since 2026-01-01 00:00:00 UTC');
    expect(facts.untold).toEqual([
      { folder: '/x/a', id: 'a', at: 7, ...one },
      { folder: '/x/b', id: 'b', at: 9, ...one },
    ]);
  });

  it('takes nothing for granted of a host that says nothing', () => {
    const facts = hostFacts(frames({}));
    expect(facts).toMatchObject({ os: '', root: false, systemd: false, unfinished: [], untold: [] });
    expect(facts.holder).toBeUndefined();
    expect(supported(facts)).toBe(false);
  });
});

describe('attestation probes', () => {
  it('read the level, or are unknown', () => {
    const probe = exposureProbe(UnitName.parse('named.service'));
    const line = '→ Overall exposure level for named.service: 9.6 UNSAFE :-{\n';
    expect(probe.parse(frames({ 'p0 exposure': line }), 'p0')).toEqual({ is: 'value', value: 9.6 });
    expect(probe.parse(frames({ 'p0 exposure': '' }), 'p0').is).toBe('unknown');
  });

  it('tell "never" from "not asked"', () => {
    expect(lastTransactionProbe.parse(frames({ 'p0 last': '' }), 'p0')).toEqual({ is: 'absent' });
    expect(lastTransactionProbe.parse(frames({}), 'p0').is).toBe('unknown');
    const text = 'outcome\tundone\nreason\tx\nat\t7\nid\ti\nwho\tme@there\ncommit\t\n';
    expect(lastTransactionProbe.parse(frames({ 'p0 last': text }), 'p0')).toMatchObject({
      value: { outcome: 'undone', reason: 'x', at: 7, who: 'me@there' },
    });
  });
});
