import { readCases } from '../../src/cases/format.ts';

/** The cases of a module: data beside it. */
export const cases = (module: string) => readCases(`modules/${module}/cases.yml`);
