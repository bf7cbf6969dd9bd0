import type { HostPlan } from '../plan/types.ts';

/** A plan in the words of cases, which a reader can check: one line a change. */
export const told = (plan: HostPlan): readonly string[] =>
  plan.tasks.flatMap(({ result }) => {
    switch (result.is) {
      case 'in-sync':
        return ['in sync'];
      case 'changes':
        return result.changes.map(toldChange);
      case 'held':
        return ['held'];
      case 'refused':
        return [`refused: ${result.message}`];
      default:
        return [`${result.is}: ${result.reason}`];
    }
  });

type Changes = Extract<HostPlan['tasks'][number]['result'], { readonly is: 'changes' }>['changes'];

function toldChange(it: Changes[number]): string {
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
}
