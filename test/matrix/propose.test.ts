import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile } from '../../src/apparmor/aare.ts';
import { missing } from '../../src/apparmor/covers.ts';
import { parsePolicy, parseRules } from '../../src/apparmor/policy.ts';
import type { Rule } from '../../src/apparmor/rules.ts';
import { coveredOtherwise } from '../../src/audit/covered.ts';
import { parseTrailLine } from '../../src/audit/parse.ts';
import { propose, type Proposal } from '../../src/audit/propose.ts';
import type { AuditRecord } from '../../src/audit/record.ts';
import type { HostName } from '../../src/brand.ts';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { labDown } from '../../src/lab/lab.ts';
import { playbook } from '../support/confine.ts';
import { apply, machine, on } from '../support/lab.ts';

const asBind = 'read write append create mkdir rmdir unlink rename link symlink chmod lock list map exec';
const asRoot = 'chown admin raw packet signal ptrace';
const folder = '/srv/bind/probe';
const provoking = [
  `setpriv --reuid=bind --regid=bind --init-groups aa-exec -p named -- perl - ${asBind} <provoke.pl`,
  `aa-exec -p named -- perl - ${asRoot} <provoke.pl`,
].join('; ');

let host: MachineHandle;
let proposal: Proposal;
/** What aa-logprof added to the profile, allowing all by the narrowest rule that it offers. */
let theirs: readonly string[];
let rewritten: string;
/** What of it all works under the packaged profile. */
let withoutProposal: string;
let records: readonly AuditRecord[];
let packaged: readonly Rule[];

const proposed = (from: readonly AuditRecord[]) =>
  propose('named', [{ host: 'ns1' as HostName, records: from, needs: [], rules: packaged }]);

beforeAll(async () => {
  host = await machine();
  await on(host, 'apt-get install -y --no-install-recommends apparmor-utils');
  for (const name of ['provoke.pl', 'logprof.py'])
    await put(name, readFileSync(`test/support/${name}`, 'utf8'));
  await on(host, 'aa-enforce /usr/sbin/named && : >/var/log/audit/audit.log');
  withoutProposal = await on(host, files(provoking));
  const log = await on(host, `grep -a 'apparmor="DENIED"' /var/log/audit/audit.log | tee denials.log`);
  records = log.split('\n').flatMap((line) => {
    const read = parseTrailLine(line);
    return read.is === 'record' ? [read.record] : [];
  });
  const policy = await on(host, 'apparmor_parser -p /etc/apparmor.d/usr.sbin.named');
  packaged = parsePolicy(policy).find((it) => it.header.name === 'named')?.rules ?? [];
  proposal = proposed(records);
  await on(host, 'cp -a /etc/apparmor.d policy && python3 logprof.py denials.log policy 2>&1');
  rewritten = await on(host, 'cat policy/usr.sbin.named');
  const before = await on(host, 'cat /etc/apparmor.d/usr.sbin.named');
  const known = new Set(before.split('\n').map((it) => it.trim()));
  theirs = rewritten
    .split('\n')
    .map((it) => it.trim())
    .filter((it) => it.endsWith(',') && !known.has(it));
});
afterAll(() => labDown([host.name], () => {}));

/** Has the files that the probe is about in their places, runs a command, and takes them away. */
const files = (command: string) =>
  `rm -rf ${folder} && mkdir -p ${folder}/gone && cd ${folder} &&
   touch db.read db.write query.log db.unlink db.from db.chmod /var/lib/bind/probe.lock &&
   dd if=/dev/zero of=/etc/bind/probe.so bs=4096 count=1 2>/dev/null &&
   chown -R bind:bind ${folder} && chown bind:bind /var/lib/bind/probe.lock && cd && { ${command}; }`;

const put = async (name: string, text: string): Promise<void> => {
  const { code, stderr } = await host.run(`cat >${name}`, text);
  if (code !== 0) throw new Error(`${name}: ${stderr}`);
};

const ours = () => proposal.rules.map((it) => it.text);

it('of 21 kinds of denial, those that a name server may need become rules', () => {
  expect(withoutProposal.match(/ (yes|no)/g)).toEqual(Array.from({ length: 21 }, () => ' no'));
  expect(ours()).toEqual([
    '/etc/bind/probe.so m,',
    'capability chown,',
    `owner ${folder}/ r,`,
    `owner ${folder}/db.* rw,`,
    `owner ${folder}/gone/ w,`,
    `owner ${folder}/made/ w,`,
    `owner ${folder}/query.log w,`,
    'owner /var/lib/bind/probe.lock k,',
    `owner link ${folder}/db.link -> ${folder}/db.read,`,
  ]);
  expect(proposal.not.map((it) => it.what)).toEqual([
    '/usr/bin/id x',
    'capability sys_admin',
    'network inet raw',
    'network packet raw',
    'ptrace (trace) peer=unconfined',
    'signal (send) set=(usr1) peer=unconfined',
  ]);
});

it('of each kind alone, the rule is that of aa-logprof, or narrower, or left out on purpose', () => {
  expect(
    new Map(records.map((it) => [it.operation === 'capable' ? it.capname : kindOf(it), compared(it)])),
  ).toEqual(
    new Map([
      ['open r', 'same'],
      ['open wr', 'same'],
      ['open ac', 'same'],
      ['mknod c', 'same'],
      ['mkdir c', 'same'],
      ['rmdir d', 'same'],
      ['unlink d', 'same'],
      ['rename_src wrd', 'same'],
      ['link l', 'narrower'],
      ['symlink c', 'same'],
      ['chmod w', 'same'],
      ['file_lock k', 'narrower'],
      ['file_mmap m', 'narrower'],
      ['exec x', 'not proposed'],
      ['chown', 'same'],
      ['sys_admin', 'not proposed'],
      ['create inet', 'not proposed'],
      ['create packet', 'not proposed'],
      ['signal send', 'not proposed'],
      ['ptrace trace', 'not proposed'],
    ]),
  );
});

const kindOf = (it: AuditRecord) => `${it.operation} ${it.family ?? it.deniedMask}`;

function compared(record: AuditRecord): 'same' | 'narrower' | 'wider' | 'not proposed' {
  const [rule, ...more] = proposed([record]).rules;
  if (rule === undefined) return 'not proposed';
  expect(more).toEqual([]);
  if (theirs.includes(rule.text)) return 'same';
  const [ruleRead] = parseRules(rule.text);
  const rules = parseRules(theirs.join('\n'));
  const { name = '', deniedMask = '' } = record;
  const isLink = ruleRead?.is === 'link' && coveredOtherwise(rules, ruleRead);
  const isFile = missing(rules, { path: name, permissions: deniedMask.split(''), owned: true }).length === 0;
  return isLink || (ruleRead?.is === 'file' && isFile) ? 'narrower' : 'wider';
}

it('aa-logprof allows the rest, and leaves no comment of the packaged profile', () => {
  expect(theirs).toEqual(
    expect.arrayContaining([
      'capability sys_admin,',
      'network inet raw,',
      'network packet raw,',
      'ptrace trace peer=unconfined,',
      'signal send set=usr1 peer=unconfined,',
      '/usr/bin/id mrix,',
    ]),
  );
  expect(rewritten).not.toContain('/etc/bind should be read-only for bind');
});

it('under the proposal what was denied works, and the rest stays denied', async () => {
  // The lab's zones lie outside the packaged profile.
  const zones = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
  const book = playbook([
    { apparmor_override: { profile: 'named', rules: [...zones, ...ours()] } },
    { apparmor_mode: { profile: 'named', mode: 'enforce' } },
  ]);
  expect(await apply(book, '-l', host.name)).toMatchObject({ code: 0 });
  const seen = await on(host, files(provoking));
  const worked = seen.split('\n').flatMap((it) => /^(\w+) yes$/.exec(it)?.[1] ?? []);
  expect(worked).toEqual([...asBind.split(' ').filter((it) => it !== 'exec'), 'chown']);
});

it('a pattern stands for the files that the kernel opens under it', async () => {
  const patterns = [
    '/p/* /p/** /p/*/c /p/**/c /p/*b /p/**b /p/b* /p/b** /p?c /p/?c /p/[ab] /p/[^ab] /p/[a-c]c /p/{a,bc} /p/{,x/}c',
    '/p/{a,b{c,d}} /p/db.* /p/*.db /p/db.\\* /p/x\\[1\\] /p/x\\{1\\} /p/x\\,y /p//a /p/tmp-??????????',
    '/p/K*.+013+* /p/zöne /p/z?ne /p/z??ne /p/*** /p/a\\?b /p/*/ /p/**/ /{p,q}/a /p/x/*',
  ].flatMap((it) => it.split(' '));
  const names = [
    '/p/a /p/b /p/c /p/bc /p/bd /p/ac /p/xb /p/x/b /p/x/c /p/x/y/c /p/db.a /p/a.db /p/db.* /p/x[1] /p/x1 /p/x{1}',
    '/p/x,y /p/tmp-abcdefghij /p/tmp-abc /p/Kz.+013+00001.key /p/zöne /p/zone /p/a?b /p/axb /p/x/ /p/x/y/ /p/',
  ].flatMap((it) => it.split(' '));
  const profiles = patterns.map(
    (it, i) => `profile probe-${i} {\n  /usr/** mr,\n  /etc/ld.so.cache r,\n  /dev/null rw,\n  "${it}" r,\n}`,
  );
  await on(
    host,
    `mkdir -p /p/x/y && cd /p && touch ${names
      .filter((it) => !it.endsWith('/'))
      .map((it) => `'${it}'`)
      .join(' ')}`,
  );
  expect((await host.run('apparmor_parser -K -r', profiles.join('\n'))).code).toBe(0);
  const look = String.raw`for (@ARGV) { print "$_\n" if m{/$} ? opendir(my $d, $_) : open(my $f, '<', $_) }`;
  const given = names.map((it) => `'${it}'`).join(' ');
  const run = patterns.map(
    (_, i) => `echo '= ${i}'; aa-exec -p probe-${i} -- perl -e '${look.replaceAll("'", `'"'"'`)}' ${given}`,
  );
  const seen = await host.run('sh', run.join('\n'));
  const opened = seen.stdout
    .split(/^= \d+\n/m)
    .slice(1)
    .map((it) => it.split('\n').filter(Boolean));
  const matched = patterns.map((it) => names.filter((name) => compile(it)?.matches(name)));
  expect(opened.map((it, i) => [patterns[i], it])).toEqual(matched.map((it, i) => [patterns[i], it]));
});
