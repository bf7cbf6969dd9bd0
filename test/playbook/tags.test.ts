import { describe, expect, test } from 'vitest';
import { isSelected, tagList } from '../../src/playbook/tags.ts';

describe('isSelected, as Ansible selects', () => {
  test.each([
    // tags of the task, --tags, --skip-tags, selected
    [[], [], [], true],
    [['a'], [], [], true],
    [['a'], ['a'], [], true],
    [['a'], ['b'], [], false],
    [[], ['a'], [], false],
    [[], ['untagged'], [], true],
    [['a'], ['untagged'], [], false],
    [['a'], ['tagged'], [], true],
    [[], ['tagged'], [], false],
    [['always'], ['b'], [], true],
    [['always'], ['b'], ['always'], false],
    [['never'], [], [], false],
    [['never', 'debug'], ['debug'], [], true],
    [['never', 'debug'], ['all'], [], false],
    [['never', 'debug'], ['tagged'], [], false],
    [['never'], ['never'], [], true],
    [['a'], [], ['a'], false],
    [['a', 'b'], ['a'], ['b'], false],
    [['a'], [], ['tagged'], false],
    [[], [], ['tagged'], true],
    [[], [], ['untagged'], false],
    [['a'], [], ['all'], false],
    [['always'], [], ['all'], true],
    [['always'], [], ['all', 'always'], false],
  ])('%j with --tags %j --skip-tags %j: %s', (tags, only, skip, expected) => {
    expect(isSelected(tags, only, skip)).toBe(expected);
  });

  test('tagList takes lists apart', () => {
    expect(tagList(['a,b', ' c '])).toEqual(['a', 'b', 'c']);
    expect(tagList(undefined)).toEqual([]);
  });
});
