import type { Example } from '../report/man.ts';

/** Examples for the help and the man page of each command, by its name with those above it. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  check: [
    ['confine check playbooks/harden-bind.yml', 'types, unknown keys and conflicts, without a host'],
    ['confine check playbooks/harden-bind.yml -i inventory', 'the same with the variables of every host'],
    [
      "confine check --host 'ns1*' -i inventory playbooks/harden-bind.yml",
      'what named.conf needs there, and the playbook would keep from it',
    ],
  ],
  plan: [
    ['confine plan playbooks/harden-bind.yml -i inventory', 'what would change on every host'],
    ["confine plan playbooks/harden-bind.yml -i inventory -l 'primaries,!ns4*'", 'on some of them'],
    [
      'confine plan playbooks/harden-bind.yml -i inventory --out merge.plan --detailed-exitcode',
      'for a pipeline: saved to be applied as it is; exit 10 where something changes',
    ],
  ],
  apply: [
    [
      'confine apply playbooks/harden-bind.yml -i inventory',
      'show the plan, ask, and change all that differ',
    ],
    ['confine apply merge.plan -i inventory', 'exactly the changes that were saved'],
    [
      'confine apply playbooks/harden-bind.yml -i inventory -t mode --yes -q',
      'tasks with a tag, from a script',
    ],
  ],
  status: [
    ['confine status -i inventory', 'what confines named on each host right now'],
    ['confine status playbooks/harden-bind.yml -i inventory', 'and where hosts differ from the playbook'],
  ],
  undo: [
    ['confine undo ns1.example.org -i inventory --last', 'take back the newest transaction of a host'],
    ['confine undo secondaries -i inventory', 'all that confine did to the hosts of a group'],
  ],
  init: [
    ['confine init ns1.example.org ns2.example.org', 'look at two hosts, and write what suits them'],
    ['confine init --out example', 'an example, without a host'],
  ],
  relax: [
    [
      "confine relax ns1.example.org --mechanism apparmor --for 2h --why 'transfers fail' -i inventory",
      'back out AppArmor until then',
    ],
    ['confine relax ns1.example.org --end -i inventory', 'put back at once what was relaxed'],
  ],
  audit: [
    ['confine audit ns1.example.org --for 10m -i inventory', 'record what named is allowed, too'],
    ['confine audit ns1.example.org --end -i inventory', 'end it before its time'],
  ],
  rollout: [
    ['confine rollout start playbooks/rollout.yml -i inventory', 'begin with the first wave'],
    ['confine rollout advance playbooks/rollout.yml -i inventory --yes', 'what a schedule runs'],
  ],
  'rollout start': [
    ['confine rollout start playbooks/rollout.yml -i inventory', 'begin with the first wave'],
  ],
  'rollout status': [
    ['confine rollout status playbooks/rollout.yml -i inventory', 'where it stands, and what blocks'],
  ],
  'rollout advance': [
    ['confine rollout advance playbooks/rollout.yml -i inventory --yes', 'what a schedule runs'],
  ],
  'rollout pause': [
    ['confine rollout pause playbooks/rollout.yml -i inventory', 'no host moves until start'],
  ],
  'rollout abort': [['confine rollout abort playbooks/rollout.yml -i inventory', 'back to complain']],
  denials: [
    ['confine denials -i inventory --since 2d', 'what was denied in two days, in clusters'],
    ['confine denials playbooks/harden-bind.yml -i inventory --propose --check', 'the rules it would take'],
    ['confine denials --from audit.log', 'of a log that somebody sent'],
  ],
  inventory: [
    ['confine inventory -i inventory --graph', 'groups and hosts as a tree'],
    ['confine inventory -i inventory --host ns1.example.org', 'the variables of one host'],
    ["confine inventory -i inventory -l 'nameservers:!primaries'", 'which hosts a pattern means'],
  ],
  schema: [['confine schema playbook', 'for an editor; schemas/ has it, too']],
  explain: [
    ['confine explain conflict', 'all rules about mechanisms that do not go together'],
    ['confine explain conflict firejail systemd_sandbox', 'whether these two do'],
    ['confine explain unit unknown-capability', 'one rule about units'],
  ],
  completion: [
    ['confine completion bash', 'eval "$(…)" of it in ~/.bashrc'],
    ['confine completion zsh', 'source <(…) in ~/.zshrc, behind compinit'],
    ['confine completion fish', '… | source in config.fish'],
  ],
  lab: [
    ['confine lab up --machines 1', 'a Debian with BIND and AppArmor'],
    ['confine lab down', 'end all of them'],
  ],
  'lab up': [
    ['confine lab up --machines 1', 'a Debian with BIND and AppArmor'],
    ['confine lab up --containers 3 --release trixie', 'a small fleet, without AppArmor'],
  ],
  'lab list': [['confine lab list', 'the hosts that run']],
  'lab ssh': [
    ['confine lab ssh ns1', 'log in'],
    ['confine lab ssh ns1 aa-status', 'or run a command'],
  ],
  'lab down': [
    ['confine lab down', 'end all hosts'],
    ['confine lab down ns1', 'end one'],
  ],
};

/** Examples as the end of a help. */
export const examplesText = (of: readonly Example[]): string =>
  [
    '',
    of.length === 1 ? 'Example:' : 'Examples:',
    ...of.flatMap(([line, what]) => [`  # ${what}`, `  ${line}`]),
  ].join('\n');
