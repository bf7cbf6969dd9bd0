import { z } from 'zod';
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
      '```yaml',
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
