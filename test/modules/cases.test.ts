import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { cases } from '../support/cases.ts';
import { planFor, task } from '../support/host.ts';

/** What a case expects, told in words that a reader can check: one line a change. */
function told(plan: ReturnType<typeof planFor>): readonly string[] {
  return plan.tasks.flatMap(({ result }) => {
    switch (result.is) {
      case 'in-sync':
        return ['in sync'];
      case 'changes':
        return result.changes.map((it) => {
          switch (it.change) {
            case 'file': {
              const after = it.after.is === 'absent' ? undefined : it.after.value;
              if (!after) return `remove ${it.path}`;
              return after.is === 'link'
                ? `link ${it.path} -> ${after.target}`
                : `write ${it.path}: ${after.is === 'file' ? after.content.toString() : ''}`;
            }
            case 'package':
              return `install ${it.name}`;
            case 'profile':
              return it.to === 'absent'
                ? `unload ${it.name}: it is ${it.from}; unconfined at once: ${it.units.join(', ') || 'nothing'}`
                : `load ${it.name}: ${it.from} -> ${it.to}${it.tightens ? ', tightens' : ''}`;
            case 'backlog':
              return `backlog ${it.from} -> ${it.to}`;
            case 'daemon-reload':
              return 'daemon-reload';
            default:
              return `${it.change} ${it.unit}${'why' in it && it.why.length > 0 ? `: ${it.why.join('; ')}` : ''}`;
          }
        });
      default:
        if (result.is === 'held') return ['held'];
        return [`${result.is}: ${'message' in result ? result.message : result.reason}`];
    }
  });
}

describe.each([...modules.keys()])('module %s', (name) => {
  it('has its cases beside it', () => {
    expect(existsSync(`modules/${name}/cases.yml`)).toBe(true);
    expect(readdirSync(`modules/${name}`)).toContain(`${name}.ts`);
  });

  it.each(cases(name))('$name', ({ params, host, rejected, expect: wanted }) => {
    if (rejected !== undefined) {
      const parsed = modules.get(name)?.params.safeParse(params);
      expect(parsed?.success).toBe(false);
      expect(parsed?.error?.issues.map((it) => it.message).join('; ')).toContain(rejected);
      return;
    }
    const plan = planFor([task({ [name]: params })], host);
    expect(told(plan)).toEqual(wanted);
    // Planning is a function: the same question gives the same answer.
    expect(told(planFor([task({ [name]: params })], host))).toEqual(wanted);
  });
});
