import { beforeAll, expect, it } from 'vitest';
import { AbsolutePath, ProfileName } from '../../src/brand.ts';
import { parseOutcome } from '../../src/apply/outcome.ts';
import { applyTrip } from '../../src/apply/session.ts';
import { accessProbe } from '../../src/bind/access-probe.ts';
import { profileCalled } from '../../src/bind/profile-probe.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { namedUnit } from '../../src/observe/named-unit.ts';
import { value } from '../../src/observe/observation.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { containers, on, tree } from '../support/lab.ts';
import { hostPlan, textFile } from '../support/plan.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const path = AbsolutePath.parse('/etc/apparmor.d/local/staged-test');
const plan = hostPlan('c1', {
  changes: [
    {
      change: 'file',
      path,
      before: value(textFile('/etc/hosts r,\n')),
      after: value(textFile('no rule at all\n')),
    },
    {
      change: 'profile',
      name: 'staged-test',
      file: AbsolutePath.parse('/etc/apparmor.d/staged-test'),
      from: 'enforce',
      to: 'enforce',
      why: 'its rules change',
      units: [],
      tightens: false,
    },
  ],
  state: 'changes',
});

it.each([
  ['the folder of local rules', 'mv local /srv/policy && ln -s /srv/policy local'],
  ['the folder of local rules, by a short way,', 'mv local .theirs && ln -s .theirs local'],
  ['the folder of profiles', 'mv /etc/apparmor.d /srv/policy && ln -s /srv/policy /etc/apparmor.d'],
])('%s may be a link: what is tried out in a staged copy is nowhere else', async (_, makes) => {
  await on(
    host,
    `cp -a /etc/apparmor.d /srv/before && cd /etc/apparmor.d && echo '/etc/hosts r,' >local/staged-test &&
       printf '%s\\n' 'profile staged-test /usr/bin/staged-test {' ' include <local/staged-test>' '}' >staged-test && ${makes}`,
  );
  try {
    const before = await on(host, tree('/etc/apparmor.d/ /srv/'));
    const request = { who: 'alice@ws', commit: '', version: '0', baseline: 'waived', deadline: 60 } as const;
    const { stdout } = await host.run('sh -s', applyTrip(plan, request));
    expect(parseOutcome(stdout).outcome).toMatchObject({
      is: 'refused',
      reason: expect.stringContaining('/etc/apparmor.d/local/staged-test'),
    });
    expect(await on(host, tree('/etc/apparmor.d/ /srv/'))).toBe(before);
    const look = observeTrip([
      accessProbe(namedUnit(), profileCalled(ProfileName.parse('staged-test')), [
        { path, after: value(textFile('/etc/shells r,\n')) },
      ]),
    ]);
    expect((await host.run('sh -s', look.script)).stdout).toContain('/etc/shells r,');
    expect(await on(host, tree('/etc/apparmor.d/ /srv/'))).toBe(before);
  } finally {
    await on(host, 'rm -rf /etc/apparmor.d /srv/policy && mv /srv/before /etc/apparmor.d');
  }
});
