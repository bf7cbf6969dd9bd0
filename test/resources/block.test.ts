import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AbsolutePath } from '../../src/brand.ts';
import { absent, value, type Known } from '../../src/observe/observation.ts';
import { linesOfBlock, withBlock } from '../../src/resources/block.ts';
import type { Node } from '../../src/resources/file.ts';

const path = '/etc/apparmor.d/local/usr.sbin.named' as AbsolutePath;
const file = (content: string | Buffer) =>
  value<Node>({ is: 'file', content: Buffer.from(content), mode: '0640', owner: 'root', group: 'adm' });
const put = (node: Known<Node>, lines: readonly string[]) =>
  withBlock({ resource: 'block', path, seen: node, marker: 'confine', lines }, node, lines);
const text = (node: ReturnType<typeof put>) =>
  node.is === 'value' && node.value.is === 'file' ? node.value.content.toString('utf8') : undefined;

describe('a block in a file', () => {
  it('stands behind what others wrote, and leaves mode and owner alone', () => {
    const after = put(file('# mine\n/srv/x r,\n'), ['/srv/bind/** r,']);
    expect(text(after)).toBe('# mine\n/srv/x r,\n# BEGIN confine\n  /srv/bind/** r,\n# END confine\n');
    expect(after).toMatchObject({ value: { mode: '0640', group: 'adm' } });
  });

  it('keeps a last line that has no newline', () => {
    expect(text(put(file('/srv/x r,'), ['/a r,']))).toBe(
      '/srv/x r,\n# BEGIN confine\n  /a r,\n# END confine\n',
    );
  });

  it('makes a file that is not there as packages make it', () => {
    expect(put(absent, ['/a r,'])).toMatchObject({ value: { mode: '0644', owner: 'root', group: 'root' } });
  });

  it.each([
    ['as it is', '/srv/bind/** r,\n'],
    ['with other blanks and a comment', '  /srv/bind/**   r, # zones\n'],
    ['in one line with another', '/srv/x r, /srv/bind/** r,\n'],
    ['over two lines', '/srv/bind/**\n  r,\n'],
    [
      'between the markers of Ansible',
      '# BEGIN ANSIBLE MANAGED BLOCK\n/srv/bind/** r,\n# END ANSIBLE MANAGED BLOCK\n',
    ],
  ])('does not double a rule that others wrote: %s', (_, text_) => {
    const there = file(text_);
    expect(put(there, ['# why', '/srv/bind/** r,'])).toBe(there);
    expect(text(put(there, ['/srv/bind/** r,', '/srv/more/ r,']))).toBe(
      `${text_}# BEGIN confine\n  /srv/more/ r,\n# END confine\n`,
    );
  });

  it.each([
    ['in a comment', '# /srv/bind/** r,\n'],
    ['with other permissions', '/srv/bind/** rw,\n'],
    ['denied', 'deny /srv/bind/** r,\n'],
    ['in a block of rules', 'owner {\n  /srv/bind/** r,\n}\n'],
    [
      'in the block of another playbook, which may take it out',
      '# BEGIN site\n  /srv/bind/** r,\n# END site\n',
    ],
  ])('takes nothing for that rule which is another: %s', (_, theirs) => {
    expect(text(put(file(theirs), ['/srv/bind/** r,']))).toBe(
      `${theirs}# BEGIN confine\n  /srv/bind/** r,\n# END confine\n`,
    );
  });

  it('keeps its own rule where others write the same one later, and takes over one that they take out', () => {
    const ours = '# BEGIN confine\n  /srv/bind/** r,\n# END confine\n';
    const both = file(`${ours}/srv/bind/** r,\n`);
    expect(put(both, ['/srv/bind/** r,'])).toEqual(both);
    expect(text(put(file(''), ['/srv/bind/** r,']))).toBe(ours);
  });

  it('knows an include in both of its spellings', () => {
    const there = file('include if exists <abstractions/site>\n');
    expect(put(there, ['#include if exists <abstractions/site>'])).toBe(there);
  });

  it('leaves an absent file absent, and an untouched file untouched, without lines', () => {
    expect(put(absent, [])).toEqual(absent);
    const node = file('# nothing of ours');
    expect(put(node, [])).toBe(node);
  });

  it('refuses markers that are not one pair', () => {
    for (const broken of [
      '# BEGIN confine\n',
      '# END confine\n',
      '# END confine\n# BEGIN confine\n',
      '# BEGIN confine\n# BEGIN confine\n# END confine\n',
    ])
      expect(() => put(file(broken), ['/a r,'])).toThrow(/not one pair/);
  });

  it('gives back every byte around it when it goes, whatever the bytes are', () => {
    const around = fc
      .uint8Array({ maxLength: 200 })
      .filter((it) => !Buffer.from(it).includes('# BEGIN') && !Buffer.from(it).includes('# END'));
    const rules = fc.array(fc.stringMatching(/^[!-~][ -~é]{0,20}[!-~],$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(around, rules, (bytes, lines) => {
        const before = Buffer.from(bytes);
        const clean =
          before.length === 0 || before.at(-1) === 0x0a ? before : Buffer.concat([before, Buffer.from('\n')]);
        const there = put(file(before), lines);
        expect(linesOfBlock(there, 'confine', path)).toEqual(lines);
        expect(put(there, lines)).toEqual(there);
        const gone = put(there, []);
        expect(gone.is === 'value' && gone.value.is === 'file' && gone.value.content.equals(clean)).toBe(
          true,
        );
      }),
    );
  });
});
