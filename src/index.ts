/** What the package exports: all that modules and playbooks of one's own are written with. */
export { z } from 'zod';
export { checkCases } from './cases/check.ts';
export * from './module-api.ts';
export { definePlaybook, type OwnParams, type Play, type Task } from './playbook/define.ts';
