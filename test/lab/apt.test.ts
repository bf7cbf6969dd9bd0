import { describe, expect, it } from 'vitest';
import { debianSources, forwardedOptions } from '../../src/lab/apt.ts';

const debian = 'Debian|http://deb.example/debian/|bookworm|main';

describe('debianSources', () => {
  it('takes the release with its updates, main only', () => {
    const targets = [
      debian,
      'Debian|http://deb.example/debian/|bookworm-updates|main',
      'Debian|http://deb.example/debian-security/|bookworm-security|main',
      'Debian|http://deb.example/debian/|bookworm|non-free',
      'Debian|http://deb.example/debian/|trixie|main',
      '',
    ].join('\n');
    expect(debianSources(targets, 'bookworm')).toEqual([
      'deb http://deb.example/debian/ bookworm main',
      'deb http://deb.example/debian/ bookworm-updates main',
      'deb http://deb.example/debian-security/ bookworm-security main',
    ]);
  });

  it('leaves out other vendors, also those that name their suites as Debian does', () => {
    const targets = `${debian}\nVendor|http://vendor.example/debian|bookworm|main\nnodesource|http://n.example|nodistro|main`;
    expect(debianSources(targets, 'bookworm')).toEqual(['deb http://deb.example/debian/ bookworm main']);
  });

  it('goes by the path where apt has not read the index yet', () => {
    const targets =
      '$(ORIGIN)|http://m.example/debian|bookworm|main\n$(ORIGIN)|http://v.example/apt|bookworm|main';
    expect(debianSources(targets, 'bookworm')).toEqual(['deb http://m.example/debian bookworm main']);
  });

  it('asks this machine’s mirrors for a release that it has no sources of', () => {
    const targets = [
      debian,
      'Debian|http://deb.example/debian/|bookworm-backports|main',
      'Debian|http://sec.example/debian-security/|bookworm-security|main',
    ].join('\n');
    expect(debianSources(targets, 'trixie')).toEqual([
      'deb http://deb.example/debian/ trixie main',
      'deb http://sec.example/debian-security/ trixie-security main',
    ]);
  });

  it('gives nothing, for the default, where no release itself is among them', () => {
    expect(debianSources('Debian|http://deb.example/debian/|bookworm-updates|main', 'bookworm')).toEqual([]);
    expect(debianSources('Ubuntu|http://u.example/ubuntu|noble|main', 'bookworm')).toEqual([]);
  });
});

describe('forwardedOptions', () => {
  it('takes proxies and what snapshot mirrors need, and nothing else', () => {
    const config = [
      'Acquire "";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::http::Proxy::mirror.example "DIRECT";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::cdrom::mount "/media/cdrom/";',
    ].join('\n');
    expect(forwardedOptions(config)).toEqual([
      'Acquire::Languages "none"',
      'Acquire::http::Proxy "http://proxy.example:3128"',
      'Acquire::http::Proxy::mirror.example "DIRECT"',
      'Acquire::Check-Valid-Until "false"',
    ]);
  });
});
