import type { BindConfig, Start } from '../../src/bind/config.ts';
import { parseNamedConf } from '../../src/bind/named-conf.ts';
import { UnitName } from '../../src/brand.ts';

/** How Debian's own unit starts named. */
export const start: Start = {
  unit: UnitName.parse('named.service'),
  running: true,
  binary: '/usr/sbin/named',
  root: '',
  file: '/etc/bind/named.conf',
  options: '-f -u bind',
};

/** The configuration that it reads, of this text. */
export const bindConfig = (text: string, more: Partial<BindConfig> = {}): BindConfig => ({
  start,
  statements: parseNamedConf(text),
  includes: [],
  builtIn: new Map(),
  ...more,
});
