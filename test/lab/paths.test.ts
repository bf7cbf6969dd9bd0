import { describe, expect, it } from 'vitest';
import { labPaths } from '../../src/lab/paths.ts';

describe('labPaths', () => {
  it('lie below HOME by default', () => {
    const paths = labPaths({ HOME: '/home/ada' });
    expect(paths.state).toBe('/home/ada/.local/state/confine/lab');
    expect(paths.cache).toBe('/home/ada/.cache/confine/lab');
    expect(paths.host('ns1')).toBe('/home/ada/.local/state/confine/lab/hosts/ns1');
  });

  it('follow XDG, but not where it is relative', () => {
    const paths = labPaths({ HOME: '/home/ada', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: 'c' });
    expect(paths.state).toBe('/s/confine/lab');
    expect(paths.cache).toBe('/home/ada/.cache/confine/lab');
  });

  it('follow the variables of the lab first', () => {
    const paths = labPaths({
      HOME: '/h',
      XDG_STATE_HOME: '/s',
      CONFINE_LAB_DIR: '/a',
      CONFINE_LAB_CACHE: '/b',
    });
    expect([paths.state, paths.cache]).toEqual(['/a', '/b']);
  });

  it('give each lab an id of its own that stays, short enough for an interface and a socket', () => {
    const [a, b] = [labPaths({ CONFINE_LAB_DIR: '/a' }), labPaths({ CONFINE_LAB_DIR: '/b' })];
    expect(a.id).toBe(labPaths({ CONFINE_LAB_DIR: '/a/' }).id);
    expect(a.id).not.toBe(b.id);
    expect(`lab${a.id}`.length).toBeLessThanOrEqual(15);
    expect(`${a.run}/ns100.first`.length).toBeLessThan(100);
  });
});
