import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shellSource } from '../../src/observe/observe.ts';
import { headerPattern } from '../../src/resources/profile-header.ts';

/** A folder with programs that say what these texts of shell do, in front of those of this machine. */
function programs(them: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'confine-start-'));
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(them)) {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

function run(source: string, script: string, folder = ''): string {
  const { stdout, stderr } = spawnSync('sh', ['-c', `${shellSource(source)}\n${script}`], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
  });
  return `${stdout}${stderr}`.trim();
}

const told = 'printf "%s|%s|%s|%s|%s\\n" "$_exe" "$_conf" "$_root" "$_as" "$_lack"';

/** What start_of finds of a unit that does not run, by what systemctl shows of it. */
function startOf(exec: string, environment = '', more: Readonly<Record<string, string>> = {}): string {
  const folder = programs({ 'named-checkconf': 'true', ...more });
  const file = join(folder, 'environment');
  writeFileSync(file, environment);
  writeFileSync(
    join(folder, 'systemctl'),
    `#!/bin/sh\ncase $* in *Environment\\ *) exit 0 ;; esac\nprintf '%s\\n' 'LoadState=loaded' 'ExecStart={ path=/x ; argv[]=${exec.replaceAll('FOLDER', folder)} ; ignore_errors=no ; start_time=[n/a] }' 'EnvironmentFiles=${file} (ignore_errors=yes)' 'User='\n`,
  );
  chmodSync(join(folder, 'systemctl'), 0o755);
  return run('bind/start.sh', `start_of it.service 0; ${told}`, folder).replaceAll(folder, 'FOLDER');
}

describe('how a unit would start named', () => {
  it.each([
    [
      'as Debian does',
      '/usr/sbin/named -f $OPTIONS',
      'OPTIONS="-u bind"',
      '/usr/sbin/named|/etc/bind/named.conf||bind|',
    ],
    [
      'with a file and a chroot from its variables, the last of which counts',
      '/usr/sbin/named -f ${OPTIONS}',
      'OPTIONS="-u x"\nOPTIONS="-4ubind -c/etc/own.conf -t /srv/root/"\n',
      '/usr/sbin/named|/etc/own.conf|/srv/root|bind|',
    ],
    [
      'by another program, whose words are not named’s',
      '/usr/bin/aa-exec -p named -- /usr/sbin/named -f -n 2 -c /etc/own.conf -L /var/log/c',
      '',
      '/usr/sbin/named|/etc/own.conf|||',
    ],
    [
      'from a file that lies nobody knows where',
      '/usr/sbin/named -c own.conf',
      '',
      '/usr/sbin/named||||it.service starts named with -c own.conf, and where that lies is not known',
    ],
    ['not at all', '/usr/bin/dnsmasq -k', '', '||||it.service starts no named'],
    [
      'with words in quotes',
      '/usr/sbin/named -c "/a b"',
      '',
      '||||the words of the ExecStart of it.service can’t be told apart',
    ],
  ])('%s', (_, exec, environment, expected) => {
    expect(startOf(exec, environment)).toBe(expected);
  });

  it('asks another build for its file, and does not guess where it says none', () => {
    const says = {
      'sbin/named':
        'printf "%s\\n" "BIND 9.20.1 (Stable)" "default paths:" "  named configuration:  /opt/etc/named.conf"',
    };
    expect(startOf('FOLDER/sbin/named -f', '', says)).toBe('FOLDER/sbin/named|/opt/etc/named.conf|||');
    expect(startOf('FOLDER/sbin/named -f', '', { 'sbin/named': 'exit 1' })).toBe(
      'FOLDER/sbin/named||||FOLDER/sbin/named -V does not say what it takes where nothing is set',
    );
  });
});

it('what others than root can write to is not run as root', () => {
  const folder = programs({ named: 'id -u' });
  const trusted = (path: string) => run('bind/start.sh', `_libraries=; of_root ${path} && echo yes`, '');
  expect(trusted('/bin/sh')).toBe('yes');
  chmodSync(join(folder, 'named'), 0o757);
  expect(trusted(join(folder, 'named'))).toBe('');
  expect(run('bind/start.sh', '_libraries=/tmp; of_root /bin/sh || echo no')).toBe('no');
});

it('the distribution’s programs do not take the libraries of another build', () => {
  const folder = programs({ named: 'true', sh: 'true' });
  chmodSync(join(folder, 'sh'), 0o757);
  const found = (exe: string) =>
    run('bind/start.sh', `_libraries=${folder} _exe=${exe}; program_of sh; echo "$_program|$_with"`);
  expect(found(join(folder, 'named'))).toMatch(/\/sh\|$/);
});

it.each(['named', '/usr/sbin/named', 'a.b[c]{d}(e)*+?^$|\\f'])(
  'the shell looks for %s as headerPattern does',
  (name) => {
    expect(run('bind/profile.observe.sh', `header_of '${name}'`)).toBe(headerPattern(name));
  },
);
