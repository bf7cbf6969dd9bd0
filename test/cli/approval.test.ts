import { expect, it } from 'vitest';
import { Exit } from '../../src/errors.ts';
import { endOf } from '../../src/fleet/approval.ts';
import { exitCode } from '../../src/fleet/exit.ts';
import { approvalOf } from '../../src/plan/approved.ts';
import { planFor, task } from '../support/host.ts';

const missing = { 'packages list': '' };
const there = { 'packages list': 'auditd\tii \t1\n' };
const plan = (frames: Readonly<Record<string, string>>) =>
  planFor([task({ package: { names: ['auditd'] } })], frames);
const stopped = planFor([task({ service: { unit: 'named.service', state: 'running' } })], {
  'apparmor state': 'disabled',
  'p0 show': 'Id=named.service\nNames=named.service\nLoadState=loaded\nActiveState=inactive\nMainPID=0\n',
});
const starts: unknown = expect.stringMatching(/^start named.service, as of /);
const approved = approvalOf(plan(missing));

it('without a saved plan, what differs is changed, and what does not is in sync', () => {
  expect(endOf(plan(missing), undefined)).toBeUndefined();
  expect(endOf(plan(there), undefined)).toEqual({ is: 'in-sync' });
  expect(endOf(plan(there), undefined, ['auditd'])).toEqual({ is: 'committed' });
});

it('with one, what was approved is changed, what is there is in sync, and all else is stale', () => {
  expect(endOf(plan(missing), approved)).toBeUndefined();
  expect(endOf(plan(there), approved)).toEqual({ is: 'in-sync' });
  const stale = endOf(stopped, approved);
  expect(stale).toEqual({ is: 'stale', gone: [], added: [starts] });
  expect(exitCode(stale ? [stale, { is: 'committed' }] : [], false)).toBe(Exit.stale);
});

it('behind its packages, what nobody has approved is left for a second plan', () => {
  expect(endOf(plan(there), approved, ['auditd'])).toEqual({ is: 'committed' });
  const rest = endOf(stopped, approved, ['auditd']);
  expect(rest).toMatchObject({ is: 'unapproved', installed: ['auditd'], added: [starts] });
  expect(exitCode(rest ? [rest] : [], false)).toBe(Exit.stale);
});

it('a host that is blocked says why, whatever was approved', () => {
  expect(endOf(plan({ 'p0 unknown': 'no dpkg-query' }), approved)).toMatchObject({ is: 'refused' });
});
