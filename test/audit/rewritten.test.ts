import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { provenanceText } from '../../src/audit/provenance.ts';
import { placeRewritten } from '../../src/audit/rewritten.ts';
import { HostName, ProfileName } from '../../src/brand.ts';

const packaged = readFileSync('test/fixtures/usr.sbin.named.stock', 'utf8');
const named = ProfileName.parse('named');
const before = '  /etc/bind/** r,\n';
const on = (host: string, added: string) => ({
  host: HostName.parse(host),
  file: '/etc/apparmor.d/usr.sbin.named',
  shipped: { package: 'bind9', packaged, now: packaged.replace(before, before + added) },
});

it('what was added to a packaged profile is proposed once over its hosts, and says where it was', () => {
  const [placed, ...more] = placeRewritten(
    named,
    [on('ns2', '  /srv/a/** r,\n'), on('ns1', '  /srv/a/** r,\n  /srv/b r,\n  /usr/bin/id ix,\n')],
    () => undefined,
  );
  expect(more).toEqual([]);
  expect(placed?.hosts).toEqual(['ns1', 'ns2']);
  expect(placed?.proposal.rules.map(({ text, from }) => `${text} # ${provenanceText(from)}`)).toEqual([
    '/srv/a/** r, # ns1, ns2: was written into /etc/apparmor.d/usr.sbin.named',
    '/srv/b r, # ns1: was written into /etc/apparmor.d/usr.sbin.named',
  ]);
  expect(placed?.proposal.not.map(({ what }) => what)).toEqual(['/usr/bin/id ix,']);
});

it('says where it belongs, or that no playbook is given', () => {
  const place = (tasksOf: Parameters<typeof placeRewritten>[2]) =>
    placeRewritten(named, [on('ns1', '  /srv/b r,\n')], tasksOf)[0]?.place;
  expect(place(undefined)).toEqual({ is: 'nowhere', why: 'no playbook is given' });
  expect(place(() => undefined)).toEqual({
    is: 'nowhere',
    why: 'no play of these playbooks names this host',
  });
});
