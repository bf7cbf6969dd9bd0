/** What a host gives as its reason, and the next step then; the first that fits. A `$1` is what the pattern found. */
export const known: readonly (readonly [reason: RegExp, next: string])[] = [
  [
    /has changed since it was observed/,
    'somebody else changed it at the same moment: plan again, and find out who if it goes on',
  ],
  [
    /no space left|cannot (write|stage|keep|make)|not writable/,
    'on the host, df -h and df -i of /var/lib/confine and of /etc say what is full; then apply again',
  ],
  [
    /named would not work under profile/,
    'add the rule to an apparmor_override task; confine check --host HOST shows all that named needs and lacks',
  ],
  [
    /the security module denies what it did not deny before|AppArmor denied|\(denied: /,
    'confine denials --propose writes the rules that allow it into the playbook',
  ],
  [/does not parse/, 'mend the rules of the apparmor_override task that wrote it'],
  [
    /the kernel refused/,
    'compare the features of this kernel with those of a host on which it loads: ls /sys/kernel/security/apparmor/features',
  ],
  [
    /systemd does not take the drop-in/,
    'confine check FILE finds what systemd drops; confine explain unit says why',
  ],
  [/systemctl \S+ (\S+?)(?:: | failed)/, 'on the host, journalctl -u $1 has the rest'],
  [/^(\S+) does not run/, 'on the host, journalctl -u $1 says why'],
  [/nobody confirmed from outside/, 'can who confirms reach port 53 of this host, over UDP and TCP?'],
  [
    /no longer as transaction/,
    'put it back as confine had left it, or keep it: that transaction stands until then',
  ],
  [/apt-get update failed/, 'have the host reach its package mirror, then apply again'],
  [/apt cannot install/, 'apt-cache policy on the host says whether its sources have the package'],
  [
    /^installing .* would also/,
    'do on the host what apt wants first, in a window of its own; then apply again',
  ],
  [/^apt-get install .* failed/, 'on the host, /var/log/apt/term.log has the rest'],
  [
    /no longer listens on|^zone |no longer resolves/,
    'confine check --host HOST shows what named needs and a profile or sandbox blocks',
  ],
];

/** The next step for a reason that is known. */
export function nextStep(reason: string): string | undefined {
  for (const [pattern, next] of known) {
    const found = pattern.exec(reason);
    if (found) return next.replace('$1', found.slice(1).find((it) => it !== undefined) ?? '');
  }
  return undefined;
}
