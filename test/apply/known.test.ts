import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { known, nextStep } from '../../src/apply/known.ts';

it.each([
  ['/etc/apparmor.d/local/usr.sbin.named has changed since it was observed', /plan again/],
  ['cannot write to /var/lib/confine/transactions: no space left, or not writable', /df -h/],
  ['named would not work under profile named (enforce): zone x is denied /srv/x', /apparmor_override/],
  ['DNS answers, but the security module denies what it did not deny before: open /x', /denials --propose/],
  ['systemctl restart bind9.service: Job failed', /^on the host, journalctl -u bind9\.service has the rest$/],
  ['systemctl enable named.service failed: no such unit', /journalctl -u named\.service has/],
  ['named.service does not run: exit-code', /journalctl -u named\.service says why/],
  ['installing auditd would also remove bind9: confine brings …', /what apt wants first/],
  ['apt-get install auditd failed: E: broken', /term\.log/],
  ['zone example.test no longer answers', /check --host/],
])('%s: there is a next step', (reason, next) => {
  expect(nextStep(reason)).toMatch(next);
});

it('an unknown reason gets no step that may be wrong', () => {
  expect(nextStep('something else')).toBeUndefined();
});

it('every reason that is known is one that the scripts for hosts can give', () => {
  const scripts = ['src/apply', 'src/bind'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.sh'))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
  );
  // What stands for a name in the text of a script is a shell variable there.
  const said = scripts
    .flatMap((text) => text.split('\n'))
    .flatMap((line) =>
      [...line.matchAll(/(["'])((?:(?!\1).)+)\1/g)].map(([, , text = '']) => text.replaceAll('%s', '$x')),
    );
  for (const [reason] of known)
    expect([reason, said.some((text) => reason.test(text))]).toEqual([reason, true]);
});
