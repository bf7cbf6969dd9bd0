/** Keys that people bring from Ansible, and what they do here instead. */
const habits: Readonly<Record<string, string>> = {
  roles: 'there are no roles: write the tasks into the play',
  handlers: 'restarts are not notified but observed: a "service" task says what should run',
  notify: 'restarts are not notified but observed: remove it',
  listen: 'restarts are not notified but observed: remove it',
  pre_tasks: 'tasks run in order: put them first in "tasks"',
  post_tasks: 'tasks run in order: put them last in "tasks"',
  gather_facts: 'facts are always observed: remove it, and use host.… in "when"',
  import_playbook: 'give several playbooks on the command line',
  include_tasks: 'write the tasks into the play',
  import_tasks: 'write the tasks into the play',
  block: 'a host is one transaction as it is: write the tasks one below the other',
  rescue: 'a failed transaction is undone as a whole: remove it',
  always: 'a failed transaction is undone as a whole: remove it',
  loop: 'write a task for each item, or give a list to the module',
  with_items: 'write a task for each item, or give a list to the module',
  register: 'tasks do not hand on results: use host.… in "when"',
  changed_when: 'changes are compared, not declared: remove it',
  failed_when: 'failures are observed, not declared: remove it',
  ignore_errors: 'a host is one transaction, all or nothing: remove it',
  become_user: 'set ansible_become_user in the inventory',
  become_method: 'set ansible_become_method in the inventory',
  remote_user: 'set ansible_user in the inventory',
  connection: 'set ansible_connection in the inventory',
  strategy: 'hosts are independent of each other: remove it',
  delegate_to: 'a task belongs to its host: write a play for the other host',
  run_once: 'write a play for the one host',
  apt: 'the module is called "package"',
  dnf: 'the module is called "package"',
  systemd: 'the module is called "service"',
  systemd_service: 'the module is called "service"',
  command: 'there are no commands: modules say what should be',
  shell: 'there are no commands: modules say what should be',
  script: 'there are no commands: modules say what should be',
  ...Object.fromEntries(
    ['copy', 'template', 'lineinfile', 'blockinfile', 'ini_file', 'file'].map((it) => [
      it,
      'settings of a unit are a "systemd_dropin", local rules an "apparmor_override", links of modes an "apparmor_mode": docs/from-ansible.md',
    ]),
  ),
};

/** The next step for a key of Ansible that means nothing here; `ansible.builtin.apt` is `apt`. */
export function habitHint(key: string): string | undefined {
  const plain = key.slice(key.lastIndexOf('.') + 1);
  return Object.hasOwn(habits, plain) ? habits[plain] : undefined;
}
