import type { Frames } from '../observe/frames.ts';
import { unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';

/** A file that bears on confinement, and that no task can declare. */
export interface OtherFile {
  readonly path: string;
  readonly content: string;
}

/** Patterns of sh: the audit trail's rules, Firejail's profiles for named, and local rules where AppArmor is off. */
const patterns = [
  '/etc/audit/rules.d/*.rules',
  '/etc/firejail/*named*.profile',
  '/etc/firejail/*bind9*.profile',
  '/etc/firejail/*.local',
  '/etc/apparmor.d/local/usr.sbin.named',
];

/** Asks for such files of a host. */
export const othersProbe: Probe<readonly OtherFile[]> = {
  key: 'others',
  needs: ['resources/file.observe.sh', 'adopt/others.observe.sh'],
  ask: (key) => `observe_others ${key} ${patterns.join(' ')}`,
  parse: parseOthers,
};

function parseOthers(frames: Frames, key: string): Observation<readonly OtherFile[]> {
  if (frames.text(`${key} asked`) === undefined) return unknown('the host did not answer');
  const blind = frames.text(`${key} part unknown`);
  if (blind !== undefined) return unknown(blind);
  const prefix = `${key} part `;
  return value(
    frames.keys(prefix).map((it) => ({
      path: it.slice(prefix.length),
      content: frames.text(it) ?? '',
    })),
  );
}
