import { posix } from 'node:path';
import { absent, value, type Known } from '../observe/observation.ts';
import type { FileDesire, Located, Node } from './file.ts';
import type { Profile, ProfileDesire, WantedMode } from './profile.ts';
import { opensProfile } from './profile-header.ts';

/**
 * All that makes a profile have a mode, now and at the next boot: a link beside the package's file, which
 * survives its upgrade, and what the kernel has loaded. Flags that aa-complain or aa-audit wrote into the
 * package's file are taken out, which gives back the package's bytes.
 */
export function modeDesires(
  profile: Profile,
  mode: WantedMode,
  prove: ProfileDesire['prove'],
): readonly (FileDesire | ProfileDesire)[] {
  const base = profile.file.path.slice(profile.file.path.lastIndexOf('/') + 1);
  const link = (at: Located, wanted: boolean): FileDesire => ({
    resource: 'file',
    path: at.path,
    seen: at.node,
    want: !wanted
      ? absent
      : leadsTo(at, profile.file)
        ? at.node
        : value({ is: 'link', target: `../${base}` }),
  });
  return [
    ...withoutFlags(profile),
    link(profile.disable, mode === 'disabled'),
    link(profile.forceComplain, mode === 'complain'),
    { resource: 'profile', profile, mode, prove },
  ];
}

/** Whether a link stands there that leads to the file: `ln -s /etc/apparmor.d/FILE` is as good as `../FILE`. */
const leadsTo = (at: Located, file: Located): at is Located & { readonly node: Known<Node> } =>
  at.node.is === 'value' &&
  at.node.value.is === 'link' &&
  posix.resolve(posix.dirname(at.path), at.node.value.target) === file.path;

/** Flags of modes: `aa-audit` on a complaining profile keeps complain, so neither is trusted to be alone. */
const modeFlags: ReadonlySet<string> = new Set(['complain', 'audit']);

function withoutFlags({ file, header }: Profile): FileDesire[] {
  const { path, node } = file;
  if (!header.flags.some((it) => modeFlags.has(it)) || node.is !== 'value' || node.value.is !== 'file')
    return [];
  const content = node.value.content
    .toString('latin1')
    .split('\n')
    .map((line) => (isHeader(line, header.name) ? dropFlags(line) : line))
    .join('\n');
  const want = value({ ...node.value, content: Buffer.from(content, 'latin1') });
  return [{ resource: 'file', path, seen: node, want }];
}

const isHeader = (line: string, name: string) =>
  /flags\s*=\s*\(/.test(line) &&
  line
    .trim()
    .split(/[\s"]+/)
    .includes(name);

function dropFlags(line: string): string {
  return line.replace(/\s*flags\s*=\s*\(([^)]*)\)/, (_, flags: string) => {
    const rest = flags.split(/[\s,]+/).filter((flag) => flag !== '' && !modeFlags.has(flag));
    return rest.length > 0 ? ` flags=(${rest.join(', ')})` : '';
  });
}

/** The text of a profile's file with `audit` among the flags of that profile; others in the file stay as they are. */
export function withAuditFlag(text: string, name: string): string {
  const opens = opensProfile(name);
  const lines = text.split('\n');
  const at = lines.findIndex((line) => opens.test(line));
  return lines.map((line, i) => (i === at ? addAudit(line) : line)).join('\n');
}

function addAudit(line: string): string {
  const flags = /flags\s*=\s*\(([^)]*)\)/.exec(line);
  if (!flags)
    return line.replace(/\s*(\{\s*(?:#.*)?)?$/, (_, rest: string = '') => ` flags=(audit) ${rest}`.trimEnd());
  const all = (flags[1] ?? '').split(/[\s,]+/).filter(Boolean);
  return line.replace(flags[0], `flags=(${[...new Set([...all, 'audit'])].join(', ')})`);
}
