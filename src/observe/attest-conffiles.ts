import type { Frames } from './frames.ts';
import { unknown, value, type Observation } from './observation.ts';
import type { Probe } from './probe.ts';

/** A file of AppArmor's policy that is not what its package brought. */
export interface ChangedConffile {
  readonly path: string;
  /** Empty where dpkg does not say. */
  readonly package: string;
  readonly is: 'changed' | 'removed';
}

/** Compares every packaged file below /etc/apparmor.d with the sum that dpkg has of it. */
export const conffilesProbe: Probe<readonly ChangedConffile[]> = {
  key: 'conffiles',
  needs: ['observe/attest-conffiles.observe.sh'],
  ask: (key) => `observe_conffiles ${key}`,
  parse: parseConffiles,
};

/** Reads what `md5sum -c` and `dpkg-query -S` say. */
function parseConffiles(frames: Frames, key: string): Observation<readonly ChangedConffile[]> {
  const changed = frames.text(`${key} changed`);
  if (changed === undefined) return unknown(frames.text(`${key} unknown`) ?? 'the host did not answer');
  if (frames.text(`${key} checked`) === '0') return unknown('dpkg names no file below /etc/apparmor.d');
  const owners = new Map(
    (frames.text(`${key} owners`) ?? '').split('\n').map((line): [string, string] => {
      const [owner = '', path = ''] = line.split(': ');
      return [path, owner];
    }),
  );
  return value(
    changed
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const path = line.replace(/: FAILED( open or read)?$/, '');
        return {
          path,
          package: owners.get(path) ?? '',
          is: line.endsWith(' open or read') ? 'removed' : 'changed',
        };
      }),
  );
}
