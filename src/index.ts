/** What the package exports: all that modules of one's own are written with. */
export { z } from 'zod';
export { checkCases } from './cases/check.ts';
export * from './module-api.ts';
