import { compile, quoted } from '../apparmor/aare.ts';
import type { Rule } from '../apparmor/rules.ts';
import { AbsolutePath } from '../brand.ts';
import { valueOf } from '../lint/unit.ts';
import { splitWords } from '../resources/exec.ts';
import type { Blocked, Layers } from './permitted.ts';

/**
 * What a unit that starts under a profile (`AppArmorProfile=`) executes on the way to named, and the profile has no
 * rule for: another program, or aa-exec's change of profile. Both are denied at once, in complain it is only said.
 * systemd enters the profile with the first program, which needs no rule (systemd.exec(5), "AppArmorProfile=").
 */
export function missingTransitions({ access, profile, unit }: Layers): readonly Blocked[] {
  const started = valueOf(unit, 'AppArmorProfile').replace(/^-/, '');
  const rules = access.policy.find((it) => it.header.name === started)?.rules;
  if (rules === undefined || profile === undefined) return [];
  const [wrapper = '', ...rest] = splitWords(valueOf(unit, 'ExecStart').replace(/^[-@:+!|]+/, ''));
  const program = AbsolutePath.safeParse(rest.find((it) => it.startsWith('/')));
  if (!program.success || wrapper.endsWith('/named')) return [];
  const to = wrapper.endsWith('/aa-exec') ? profileOf(rest) : undefined;
  if (to === undefined ? executes(rules, program.data) : changesTo(rules, to)) return [];
  const rule = to === undefined ? `${quoted(program.data)} ix` : `change_profile -> ${to}`;
  return [
    {
      layer: 'AppArmor',
      need: { path: program.data, access: 'execute', why: `start of named by ${wrapper}`, at: undefined },
      path: program.data,
      bites: profile.mode === 'enforce' || profile.mode === 'kill',
      by: `AppArmorProfile=${started}`,
      next: `the rule ${rule}, would allow it`,
    },
  ];
}

/** The profile that aa-exec is told: `-p NAME`, `-pNAME` or `--profile=NAME`. */
function profileOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((it) => /^(-p|--profile)/.test(it));
  const word = words[at];
  if (word === undefined) return undefined;
  return /^(?:-p|--profile=)(.+)$/.exec(word)?.[1] ?? words[at + 1];
}

const executes = (rules: readonly Rule[], path: string): boolean => {
  const about = rules.filter(
    (it) =>
      it.is === 'file' &&
      it.exec !== undefined &&
      (it.path === undefined || compile(it.path)?.matches(path) === true),
  );
  return about.length > 0 && !about.some((it) => it.is === 'file' && it.deny);
};

const changesTo = (rules: readonly Rule[], profile: string): boolean =>
  rules.some((it) => {
    if (it.is !== 'other' || it.kind !== 'change_profile' || it.deny) return false;
    const target = /->\s*"?([^"]+?)"?$/.exec(it.text)?.[1];
    return target === undefined || compile(target)?.matches(profile) === true;
  });
