import { AbsolutePath, type ProfileName } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { absent, unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { shQuote } from '../quote.ts';
import { parseFile, type Located } from './file.ts';
import type { PredictedHost } from './predicted-host.ts';
import { fromEre, headerPattern, parseHeader, readHeader } from './profile-header.ts';
import type { LoadedProfile, Mode, PolicyState, Profile, UndefinedProfile } from './profile.ts';

/** Asks for a profile by the kernel's name of it, or by its binary. One probe: file, links, kernel, processes. */
export function profileProbe(name: ProfileName): Probe<Profile | UndefinedProfile> {
  const pattern = headerPattern(name);
  return {
    key: `profile:${name}`,
    needs: ['resources/file.observe.sh', 'resources/profile.observe.sh'],
    ask: (key) => `observe_apparmor\nobserve_profile ${key} ${shQuote(pattern)}`,
    parse: (frames, key) => parseProfile(frames, key, name, fromEre(pattern)),
    predict: (seen, host) => (seen.is === 'value' ? value(predictProfile(seen.value, host)) : seen),
  };
}

function predictProfile(seen: Profile | UndefinedProfile, host: PredictedHost): Profile | UndefinedProfile {
  if (seen.is === 'undefined') return seen;
  const at = (it: Located): Located => ({ path: it.path, node: host.node(it.path) ?? it.node });
  return {
    ...seen,
    file: at(seen.file),
    local: at(seen.local),
    forceComplain: at(seen.forceComplain),
    disable: at(seen.disable),
    ...host.profile(seen.header.name),
  };
}

/** Why AppArmor can't be asked, in words for a person. */
const blind: Readonly<Record<string, string>> = {
  disabled: 'the kernel runs without AppArmor',
  'no-securityfs': 'securityfs is not mounted, so the kernel cannot be asked for its profiles',
  'no-permission': 'no permission to read the kernel’s profiles (become is needed)',
};

/** Reads what the kernel has loaded: lines of name, mode and hashes, and the opening lines of the files. */
export function parseLoaded(frames: Frames): Observation<readonly LoadedProfile[]> {
  const state = frames.text('apparmor state');
  if (state === undefined) return unknown('the host did not answer');
  if (state !== 'enabled') return unknown(blind[state] ?? state);
  const lines = (frames.text('apparmor profiles') ?? '').split('\n').filter(Boolean);
  const headers = (frames.text('apparmor headers') ?? '').split('\n').map(readHeader);
  return value(
    lines.map((line) => {
      const [name = '', mode = '', hash = '', raw = ''] = line.split('\t');
      return {
        name,
        mode: mode as Mode,
        attach: headers.find((it) => it.name === name)?.attach ?? '',
        hash,
        raw,
      };
    }),
  );
}

/** Reads the answer to `observe_profile`. */
export function parseProfile(
  frames: Frames,
  key: string,
  asked: string,
  pattern: RegExp,
): Observation<Profile | UndefinedProfile> {
  const kernel = parseLoaded(frames);
  if (kernel.is !== 'value') return kernel.is === 'unknown' ? kernel : unknown('the host did not answer');
  const path = AbsolutePath.safeParse((frames.text(`${key} files`) ?? '').split(/[:\n]/)[0]);
  const file = parseFile(frames, `${key}/file`);
  const header =
    path.success && file.is === 'value' && file.value.is === 'file'
      ? parseHeader(file.value.content.toString('utf8'), pattern)
      : undefined;
  if (!path.success || !header) {
    if (path.success && file.is === 'unknown') return file;
    return value({
      is: 'undefined',
      known: kernel.value.map((it) => it.name),
      loaded: kernel.value.some((it) => it.name === asked),
    });
  }
  if (frames.bytes(`${key} no-parser`)) return unknown('apparmor_parser is not installed (package apparmor)');
  const base = path.data.slice(path.data.lastIndexOf('/') + 1);
  const beside = (folder: string): Located => ({
    path: AbsolutePath.parse(`/etc/apparmor.d/${folder}/${base}`),
    node: parseFile(frames, `${key}/${folder}`),
  });
  const loaded = kernel.value.find((it) => it.name === header.name);
  const parsed = (frames.text(`${key} parsed`) ?? '').split('\n');
  const compiled = parsed.find((line) => /^[0-9a-f]+ {2}-$/.test(line))?.split(' ')[0] ?? '';
  return value({
    is: 'defined',
    header,
    file: { path: path.data, node: file },
    local: beside('local'),
    forceComplain: beside('force-complain'),
    disable: beside('disable'),
    includesLocal: parsed.includes(`##included <local/${base}>`),
    loaded: loaded ? value(loaded) : absent,
    policy: policyState(compiled, loaded?.raw),
    compiled,
    processes: (frames.text(`${key} processes`) ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [pid = '', label = '', unit = ''] = line.split('\t');
        return { pid: Number(pid), label, unit };
      }),
  });
}

function policyState(compiled: string, raw = ''): PolicyState {
  if (!compiled || !raw.trim()) return 'unknown';
  return compiled === raw.trim() ? 'current' : 'stale';
}
