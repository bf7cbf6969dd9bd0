import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What lies in the folder where confine was called. */
export interface Here {
  /** An inventory, as `-i` takes it. */
  readonly inventory: string | undefined;
  readonly playbooks: readonly string[];
}

/** Where inventories lie by habit. */
export const usualInventories = [
  'inventory',
  'inventory.yml',
  'inventory.ini',
  'hosts.yml',
  'hosts.ini',
  'hosts',
] as const;

/** What lies in a folder, by the names that confine init gives. */
export function lookAround(folder = '.'): Here {
  const books = join(folder, 'playbooks');
  const playbooks = existsSync(books)
    ? readdirSync(books)
        .filter((name) => /\.(ya?ml|ts)$/.test(name))
        .toSorted()
    : [];
  return {
    inventory: usualInventories.find((it) => existsSync(join(folder, it))),
    playbooks: playbooks.map((name) => `playbooks/${name}`),
  };
}

/** What `confine` alone says: what to do first. */
export function firstSteps({ inventory, playbooks }: Here): string {
  const [first] = playbooks;
  const lines: readonly (readonly [string, string])[] =
    inventory !== undefined && first !== undefined
      ? [
          [`confine check ${first} -i ${inventory}`, 'is it right? No host is asked'],
          [`confine plan ${first} -i ${inventory}`, 'what would change'],
          [`confine apply ${first} -i ${inventory}`, 'change it, and prove it'],
          [`confine status -i ${inventory}`, 'what confines named now'],
        ]
      : [
          ['confine init HOST…', 'look at your hosts, and write an inventory and a playbook that suit them'],
          ['confine lab up --machines 1', 'or boot a throwaway Debian with BIND and AppArmor'],
          ['confine status -i INVENTORY', 'what confines named now'],
          ['confine plan PLAYBOOK -i INVENTORY', 'what would change'],
          ['confine apply PLAYBOOK -i INVENTORY', 'change it, and prove it'],
        ];
  const width = Math.max(...lines.map(([line]) => line.length));
  const others = playbooks.length - 1;
  return [
    'confine puts BIND 9 name servers under confinement, over SSH, as one transaction a host.',
    '',
    inventory !== undefined && first !== undefined
      ? `Here are ${inventory} and ${first}${others > 0 ? `, and ${others} more in playbooks/` : ''}:`
      : 'What to do first:',
    ...lines.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`),
    '',
    'All commands: confine --help',
  ].join('\n');
}
