import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { checkCase } from '../../src/cases/check.ts';
import { cases } from '../support/cases.ts';

describe.each([...modules])('module %s', (name, module) => {
  it('has its cases beside it', () => {
    expect(existsSync(`modules/${name}/cases.yml`)).toBe(true);
    expect(readdirSync(`modules/${name}`)).toContain(`${name}.ts`);
  });

  it.each(cases(name))('$name', (one) => {
    expect(checkCase(one, module)).toEqual([]);
  });
});
