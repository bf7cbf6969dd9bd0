import { beforeAll, describe, expect, it } from 'vitest';
import { UnitName } from '../../src/brand.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import type { Release } from '../../src/lab/releases.ts';
import { hostFacts } from '../../src/observe/host.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { evidenceProbe, type Evidence } from '../../src/rollout/evidence.ts';
import { applying, seenSince } from '../../src/rollout/exercise.ts';
import type { StateFile } from '../../src/rollout/state.ts';
import { containers, on } from './lab.ts';
import { stateFile } from './rollout.ts';

const probe = evidenceProbe(UnitName.parse('named.service'));

interface Look {
  readonly evidence: Evidence;
  readonly boot: string;
}

async function look(at: ContainerHandle): Promise<Look> {
  const trip = observeTrip([probe]);
  const { answer, frames } = trip.read(Buffer.from((await at.run('sh -s', trip.script)).stdout));
  const seen = answer(probe);
  if (seen.is !== 'value') throw new Error(JSON.stringify(seen));
  return { evidence: seen.value, boot: hostFacts(frames).bootId };
}

/** The state that a controller would leave behind a look. */
function after({ evidence, boot }: Look): StateFile {
  const { named, counts, uptime } = evidence;
  if (named.is !== 'value' || counts.is !== 'value') throw new Error('named does not run');
  const last = { boot, uptime, invocation: named.value.invocation, at: 0 };
  return { ...stateFile({ last }), counts: counts.value.after };
}

/** What a second look sees of what was done behind the first. */
async function seenOf(at: ContainerHandle, act: () => Promise<unknown>): Promise<readonly string[]> {
  const first = await look(at);
  expect(seenSince(first.evidence, after(first), first.boot)).toEqual([]);
  // Times of files and of rndc status are whole seconds.
  await on(at, 'now=$(date +%s); until [ "$(date +%s)" -gt $((now + 1)) ]; do sleep 0.1; done');
  await act();
  const { evidence, boot } = await look(at);
  return seenSince(evidence, after(first), boot);
}

/** What a look at real name servers tells of what named does, on the BIND and systemd of a release. */
export const evidenceTests = (release: Release): unknown =>
  describe(`evidence on ${release}`, () => {
    let host: ContainerHandle;
    let other: ContainerHandle;
    beforeAll(async () => {
      [host, other] = (await containers(['c1', 'c2'], release)) as [ContainerHandle, ContainerHandle];
    });

    it('queries, a reload and a restart are seen from when they happened, and our own questions count for nobody', async () => {
      const ask = (how: string) => on(host, `dig +short ${how} @127.0.0.1 example.test SOA`);
      expect(await seenOf(host, async () => {})).toEqual([]);
      expect(await seenOf(host, () => ask('+notcp'))).toEqual(['query-udp']);
      expect(await seenOf(host, () => ask('+tcp'))).toEqual(['query-tcp']);
      expect(await seenOf(host, () => on(host, 'rndc reload'))).toEqual(['reload']);
      expect(await seenOf(host, () => on(host, 'systemctl restart named'))).toEqual(['restart']);
    });

    it('the file of the statistics is as it was, byte by byte, and there is none where there was none', async () => {
      const stats = '/var/cache/bind/named.stats';
      await on(host, `rm -f ${stats}`);
      await look(host);
      expect(await on(host, `ls ${stats} 2>&1 || true`)).toContain('No such file');
      await on(host, `printf 'of somebody' >${stats} && chown bind:adm ${stats} && chmod 0604 ${stats}`);
      const before = await on(host, `stat -c '%a %U:%G %s' ${stats} && cat ${stats}`);
      await look(host);
      expect(await on(host, `stat -c '%a %U:%G %s' ${stats} && cat ${stats}`)).toBe(before);
      await on(host, `rm -f ${stats}`);
    });

    it('journals, transfers and rotated logs apply where the configuration brings them about, and are seen', async () => {
      const plain = await look(host);
      // BIND 9.20 lets nobody transfer a zone that does not say who may.
      const transfers = release === 'trixie' ? [] : ['transfer-out'];
      expect(applying(plain.evidence)).toEqual(['query-udp', 'query-tcp', 'reload', 'restart', ...transfers]);
      expect(plain.evidence.zones.map(({ name }) => name)).toContain('example.test');
      expect(plain.evidence.zones.map(({ name }) => name)).not.toContain('localhost');

      const conf = '/etc/bind/named.conf.local';
      const address = await on(host, 'ip -4 -o addr show host0 | awk \'{ sub(/\\/.*/, "", $4); print $4 }\'');
      await on(host, `cp -p ${conf} /root/conf.before`);
      await on(other, `cp -p ${conf} /root/conf.before`);
      try {
        const more = `logging {
  channel rolled { file "/var/log/named/rolled.log" versions 2 size 5k; severity debug 1; };
  category default { rolled; };
};
zone "dynamic.test" { type primary; file "/var/lib/bind/dynamic.db"; allow-update { localhost; }; allow-transfer { any; }; };
`;
        const zone = `$TTL 60\n@ SOA ns1 h 1 60 60 60 60\n@ NS ns1\nns1 A ${address}\n`;
        const secondary = `zone "dynamic.test" { type secondary; file "/var/cache/bind/dynamic.db"; primaries { ${address}; }; };\n`;
        await host.run(`cat >>${conf} && mkdir -p /var/log/named && chown bind /var/log/named`, more);
        await host.run('cat >/var/lib/bind/dynamic.db && chown bind /var/lib/bind/dynamic.db', zone);
        await on(host, 'systemctl restart named');
        await other.run(`cat >>${conf}`, secondary);
        await on(other, 'systemctl restart named');

        const dynamic = await look(host);
        expect(applying(dynamic.evidence)).toEqual(expect.arrayContaining(['journal', 'log-rotation']));
        expect(dynamic.evidence.zones).toContainEqual({
          name: 'dynamic.test',
          role: 'primary',
          servers: [{ name: 'ns1.dynamic.test', addresses: [address] }],
        });
        expect(applying((await look(other)).evidence)).toContain('transfer-in');

        const update =
          "printf 'server 127.0.0.1\\nzone dynamic.test\\nupdate add a.dynamic.test 60 TXT a\\nsend\\n' | nsupdate";
        expect(await seenOf(host, () => on(host, update))).toContain('journal');
        const transfer = `dig @${address} dynamic.test AXFR | grep -q SOA`;
        expect(await seenOf(host, () => on(other, transfer))).toContain('transfer-out');
        const transferred =
          'rndc retransfer dynamic.test; until dig +short @127.0.0.1 a.dynamic.test TXT | grep -q a; do sleep 0.2; done';
        expect(await seenOf(other, () => on(other, transferred))).toContain('transfer-in');
        const rolled =
          'cd /var/log/named; was=$(stat -c %i rolled.log); rndc trace 3; until [ "$(stat -c %i rolled.log)" != "$was" ]; do rndc status >/dev/null; dig @127.0.0.1 example.test SOA >/dev/null; done; rndc notrace';
        expect(await seenOf(host, () => on(host, rolled))).toContain('log-rotation');
      } finally {
        for (const it of [host, other])
          await on(it, `cp -p /root/conf.before ${conf} && rm -rf /var/log/named && systemctl restart named`);
      }
    });

    it('a death of named is told, and an orderly restart is none', async () => {
      const before = (await look(host)).evidence.deaths.length;
      await on(host, 'systemctl restart named');
      expect((await look(host)).evidence.deaths).toHaveLength(before);
      await on(
        host,
        'was=$(systemctl show -p MainPID --value named); kill -9 $was; until systemctl -q is-active named && [ "$(systemctl show -p MainPID --value named)" != $was ]; do sleep 0.1; done',
      );
      const { deaths } = (await look(host)).evidence;
      expect(deaths).toHaveLength(before + 1);
      expect(deaths.map(({ what }) => what)).toContain('Main process exited, code=killed, status=9/KILL');
    });
  });
