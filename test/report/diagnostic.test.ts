import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderDiagnostic, renderDiagnostics } from '../../src/report/diagnostic.ts';
import { golden } from '../golden/golden.ts';

const at = { file: 'playbooks/x.yml', line: 12, col: 7 };

const paint = (name: string) => (text: string) => `<${name}>${text}</${name}>`;

describe('renderDiagnostic', () => {
  test('shows the place, the line, a caret and the hint', () => {
    const texts = [
      {
        at,
        message: 'unknown key "mod"',
        hint: 'did you mean "mode"?',
        source: '      mod: enforce',
        length: 3,
      },
      { at: { ...at, col: 2 }, message: 'a tab in the indentation', source: '\t\tmode: x', length: 1 },
      { at: { ...at, col: 6 }, message: 'wide characters', source: '日本: wrong', length: 5 },
      { at: { ...at, col: 8 }, message: 'combining marks', source: 'cafe\u0301: x: y', length: 1 },
      {
        at: { ...at, line: 123456, col: 300 },
        message: 'a long line',
        source: `${'a'.repeat(299)}X${'b'.repeat(300)}`,
      },
      { at: { ...at, col: 1 }, message: 'control characters', source: '\u001b[31mred\u202e', length: 2 },
      { at: { file: '-e', line: 1, col: 1 }, message: 'no source', hint: 'a hint' },
      { at: { ...at, line: 3, col: 1 }, message: 'an empty line', source: '' },
    ].map((diagnostic) => renderDiagnostic(diagnostic));
    const shown = texts.join('\n\n');
    expect(shown).toBe(golden('diagnostics', shown));
  });

  test('paints by the palette it is given', () => {
    const palette = { error: paint('e'), strong: paint('s'), dim: paint('d'), hint: paint('h') };
    const text = renderDiagnostic({ at, message: 'm', hint: 'h', source: 'a: 1', length: 1 }, palette);
    expect(text).toContain('<s>playbooks/x.yml:12:7:</s> <e>m</e>');
    expect(text).toContain('<h>h</h>');
  });

  test('counts several', () => {
    const one = { at, message: 'm' };
    expect(renderDiagnostics([one])).not.toContain('problems');
    expect(renderDiagnostics([one, one])).toMatch(/2 problems$/);
  });

  test('never lets a line of a file drive the terminal, or grow without end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.nat(400),
        fc.nat(400),
        (source, col, length) => {
          const line = source.replaceAll(/[\r\n]/g, '');
          const text = renderDiagnostic({
            at: { file: 'f', line: 1, col: col + 1 },
            message: 'm',
            source: line,
            length,
          });
          expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
          expect(Math.max(...text.split('\n').map((l) => l.length))).toBeLessThan(420);
        },
      ),
    );
  });
});
