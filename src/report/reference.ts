import { z } from 'zod';
import type { UnitRule } from '../lint/rule.ts';
import type { ModuleDefinition } from '../module-api.ts';

interface Property {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly items?: Property;
}

/** The reference of all modules as Markdown, made from their types; the page under docs/ is compared with it. */
export function modulesReference(modules: ReadonlyMap<string, ModuleDefinition>): string {
  const pages = [...modules.values()].map((module) => {
    const schema = z.toJSONSchema(module.params, { io: 'input', unrepresentable: 'any' }) as {
      readonly properties?: Readonly<Record<string, Property>>;
      readonly required?: readonly string[];
    };
    const rows = Object.entries(schema.properties ?? {}).map(([name, it]) => {
      const needed = schema.required?.includes(name)
        ? 'required'
        : it.default === undefined
          ? ''
          : `\`${JSON.stringify(it.default)}\``;
      return `| \`${name}\` | ${typeOf(it)} | ${needed} | ${(it.description ?? '').replaceAll('|', '\\|')} |`;
    });
    return [
      `## ${module.name}`,
      '',
      `${module.summary}.`,
      '',
      '```yaml task',
      module.example,
      '```',
      '',
      '| parameter | type | default | |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return [
    '# Modules',
    '',
    '<!-- Generated from the types in modules/: npm run generate -->',
    '',
    ...pages,
  ].join('\n');
}

function typeOf(it: Property): string {
  if (it.enum) return it.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (it.const !== undefined) return `\`${JSON.stringify(it.const)}\``;
  if (it.type === 'array') return `list of ${it.items ? typeOf(it.items) : 'values'}`;
  if (it.type === 'object') return 'mapping';
  return typeof it.type === 'string' ? it.type : 'value';
}

/** The reference of the rules about units as Markdown; the page under docs/ is compared with it. */
export function unitsReference(rules: readonly UnitRule[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
  const table = (severity: UnitRule['severity']) => [
    '| rule | what | why | proof |',
    '| --- | --- | --- | --- |',
    ...rules
      .filter((it) => it.severity === severity)
      .map(
        ({ id, title, reason, source, proof }) =>
          `| \`${id}\` | ${cell(title)} | ${cell(reason)} | ${proof}: ${cell(source)} |`,
      ),
  ];
  return `${[
    '# Rules about units',
    '',
    '<!-- Generated from the rules in src/lint/rules/: npm run generate -->',
    '',
    '`confine check FILE…` judges drop-ins and units by these rules. A name that ends in `.conf` or `.service`, or a',
    'folder `X.service.d`, is a unit’s; everything else is a playbook. The files of one folder are one unit, read in the',
    'order of their names, and a `.conf` elsewhere is taken for a drop-in of `named.service` by itself. Behind drop-ins of',
    '`named.service` stands Debian’s own unit: a start as root, `Type=notify`, and `-f $OPTIONS` with `OPTIONS="-u bind"`.',
    '',
    'The drop-ins that tasks of a playbook write are judged alike, in `check`, `plan` and `apply`. What only a host knows',
    '(which paths exist, which profiles are loaded, where zones lie) is at most a warning.',
    '',
    '`plan`, `apply` and `status` judge the unit that a host has already by them, too, with the file of its own package, its',
    'cores and its architecture. It was there before confine, so all of that is a warning, with host, file and line.',
    '',
    'A rule that is broken on purpose is allowed by a comment, `# confine: allow RULE[, RULE…]`, on the line above; in YAML',
    'also behind the value. `check` warns of one that allows nothing, or that names no rule.',
    '',
    'Known groups of system calls and settings are those of systemd 252; what came up to 257 is a warning.',
    '',
    '## Errors: what breaks named, or what systemd drops',
    '',
    ...table('error'),
    '',
    '## Warnings',
    '',
    ...table('warning'),
  ].join('\n')}\n`;
}
