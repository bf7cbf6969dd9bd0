import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/types.ts';
import { fixedVariable } from '../../src/inventory/variable.ts';
import { createScope } from '../../src/playbook/scope.ts';
import { expressionTrouble } from '../../src/playbook/expression.ts';
import { loadTemplates } from '../../src/playbook/template.ts';
import { namedSpot } from '../../src/yaml/spot.ts';
import { findingsOf } from '../golden/golden.ts';

const templates = await loadTemplates();

function vars(values: Readonly<Record<string, unknown>>): Vars {
  return new Map(
    Object.entries(values).map(([name, v]) => [name, fixedVariable(namedSpot(`vars ${name}`), v)]),
  );
}

const spotOf = (): ReturnType<typeof namedSpot> => namedSpot('here');

function filled(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  return createScope([vars(values)], templates, 'closed').fillIn(value, spotOf);
}

const sample = {
  base: '/srv',
  zones: '{{ base }}/zones',
  list: ['a', '{{ zones }}/b'],
  number: 8,
  no: false,
  nothing: null,
  map: { key: 'value', 'with-dash': 1 },
  same: '{{ list }}',
};

describe('filling in', () => {
  test.each([
    ['{{ zones }}/x', '/srv/zones/x'],
    ['{{ list }}', ['a', '/srv/zones/b']],
    ['{{ same }}', ['a', '/srv/zones/b']],
    ['{{ number }}', 8],
    ['{{number}}', 8],
    ['{{ no }}', false],
    ['{{ nothing }}', null],
    ['{{ number }}/{{ no }}', '8/false'],
    ['{{ map.key }}', 'value'],
    ['{{ map["with-dash"] }}', 1],
    ['{{ list | join: "," }}', 'a,/srv/zones/b'],
    ['{{ list | size }}', 2],
    ['{{ missing | default: "d" }}', 'd'],
    ['{{ map.missing | default: 3 }}', 3],
    ['{% if no %}a{% else %}b{% endif %}', 'b'],
    ['{% for i in list %}<{{ i }}>{% endfor %}', '<a></srv/zones/b>'],
    ['{% raw %}{{ zones }}{% endraw %}', '{{ zones }}'],
    ['no template', 'no template'],
    [
      { deep: [{ x: '{{ base }}' }], '{{ key }}': 1 },
      { deep: [{ x: '/srv' }], '{{ key }}': 1 },
    ],
    [12, 12],
  ])('%j', (value, expected) => {
    expect(filled(value, sample)).toEqual(expected);
  });

  test('a text from a variable is not read as a template again', () => {
    expect(filled('{{ a }}', { a: '{% raw %}{{ b }}{% endraw %}' })).toBe('{{ b }}');
  });

  test.each([
    ['{{ zonse }}', 'the variable "zonse" is not defined', 'did you mean "zones"?'],
    ['{{ map.kye }}', 'the variable "map.kye" is not defined', 'did you mean "key"?'],
    ['{% if mising %}x{% endif %}', 'the variable "mising" is not defined', undefined],
    ['{{ list.constructor }}', 'is not defined', undefined],
    ['{{ __proto__ }}', 'is not defined', undefined],
    ['{{ base | upcas }}', 'there is no filter "upcas"', undefined],
    ['{{ base | date }}', 'there is no filter "date"', undefined],
    ['{{ list | sample }}', 'there is no filter "sample"', undefined],
    ['{% include "/etc/passwd" %}', 'the tag "include" cannot be used here', 'use {{ variable }}'],
    ['{% render "x" %}', 'the tag "render" cannot be used here', undefined],
    ['x{{ list }}', 'this value is a list, and stands in the middle of a text', 'join it'],
    ['x{{ map }}', 'this value is a mapping, and stands in the middle of a text', 'name one of its keys'],
    ['x{{ nothing }}', 'this value is empty, and stands in the middle of a text', 'default: ""'],
    ['/etc/{{a,b},c}', 'the braces of this template are not closed', '{% raw %}'],
    ['{{ base', 'the braces of this template are not closed', undefined],
    ['{{ }}', 'there is nothing between the braces', undefined],
    ['{{ base is defined }}', '"is" cannot stand here', 'there are no tests'],
    ['{{ base | default("x") }}', 'stand behind a colon', 'write default: …'],
    ['{{ base ~ "x" }}', '"~" cannot stand here', 'side by side'],
    ['{{ host.release }}', 'known only when the host has been asked', 'use it in "when"'],
    ['{% for i in (1..100000000) %}x{% endfor %}', 'too large, or takes too long', undefined],
  ])('%s is refused', (text, message, hint) => {
    const found = findingsOf(() => filled(text, sample));
    expect(found).toContain(message);
    expect(found).toContain(hint ?? '');
  });

  test('a variable that needs itself', () => {
    const loop = { a: '{{ b }}', b: 'x{{ c }}', c: '{{ a }}' };
    expect(findingsOf(() => filled('{{ a }}', loop))).toContain(
      'the variable "a" needs itself: a → b → c → a',
    );
  });

  test('a finding inside a variable stands at the variable', () => {
    expect(findingsOf(() => filled('{{ a }}', { a: ['{{ nope }}'] }))).toContain(
      'vars a:1:1: the variable "nope"',
    );
  });

  test('all wrong texts of a value are reported', () => {
    const found = findingsOf(() => filled(['{{ x1 }}', '{{ base }}', '{{ x2 }}'], sample));
    expect(found).toContain('"x1"');
    expect(found).toContain('"x2"');
  });

  test('what only an inventory can give stays as it is', () => {
    const open = createScope([vars({ ...sample, half: '{{ base }}{{ env }}' })], templates, 'open');
    const value = { a: '{{ env }}', b: '{{ base }}', c: '{{ half }}' };
    expect(open.fillIn(value, spotOf)).toEqual({ a: '{{ env }}', b: '/srv', c: '{{ half }}' });
  });

  test('the stronger layer wins, and is what "at" tells', () => {
    const scope = createScope([vars({ a: 1, b: 1 }), vars({ a: 2 })], undefined, 'closed');
    expect(scope.names()).toEqual(['a', 'b']);
    expect([scope.get('a'), scope.get('b'), scope.get('c')]).toEqual([2, 1, undefined]);
    expect(scope.at('a')?.file).toBe('vars a');
    expect([scope.has('b'), scope.has('c')]).toEqual([true, false]);
  });

  test('text without braces is never touched', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('{{') && !text.includes('{%'));
        expect(filled(text, {})).toBe(text);
      }),
    );
  });

  test('any value survives being named', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!/\{[{%]/.test(JSON.stringify(value)));
        expect(filled('{{ v }}', { v: value })).toEqual(value);
      }),
    );
  });
});

describe('expressions', () => {
  test.each([
    'a',
    'a == "x y" and b != 3',
    'not a or not b.c[0]',
    '(a and b) or c',
    'list contains "x"',
    'a >= -1.5',
    'a | default: "is in" | upcase',
    "a['b c'].d == nil",
    '(1..3)',
  ])('%s', (text) => {
    expect(expressionTrouble(text)).toBeUndefined();
  });

  test.each([
    ['a and b or c', 'need brackets'],
    ['(a or b and c)', 'need brackets'],
    ['a = b', '"=" cannot stand here'],
    ['a && b', '"&&" cannot stand here'],
    ['!a', '"!" cannot stand here'],
    ['a in b', '"in" cannot stand here'],
    ['a b', '"b" cannot stand here'],
    ['a ==', 'a value is missing behind "=="'],
    ['and a', '"and" cannot stand here'],
    ['(a', 'is not closed'],
    ['a, b', '"," cannot stand here'],
    ['a + 1', '"+" cannot stand here'],
    ['', 'nothing between'],
  ])('%s is refused', (text, message) => {
    expect(expressionTrouble(text)?.message).toContain(message);
  });
});
