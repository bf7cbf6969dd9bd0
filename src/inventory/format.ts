import { z } from 'zod';

/** What an inventory file may hold. The loader checks by itself, for speed; this is for editors. */

const Vars = z.record(z.string(), z.unknown());

const Password = z.union([
  z.string(),
  z.strictObject({ env: z.string().describe('The variable of the environment that holds it') }),
]);

const HostVars = z
  .looseObject({
    ansible_host: z.string().optional().describe('The address or name to connect to'),
    ansible_port: z.union([z.int(), z.string()]).optional().describe('The port of the SSH server'),
    ansible_user: z.string().optional().describe('The user to log in as'),
    ansible_connection: z.string().optional().describe('"ssh" or "local"'),
    ansible_ssh_private_key_file: z.string().optional().describe('The private key to log in with'),
    ansible_password: Password.optional().describe('The password to log in with, better a key'),
    ansible_become_password: Password.optional().describe('The password of sudo'),
    ansible_become: z.union([z.boolean(), z.string()]).optional().describe('Whether to become root'),
  })
  .nullable();

export const Group = z
  .strictObject({
    hosts: z
      .union([z.record(z.string(), HostVars), z.string()])
      .nullable()
      .optional()
      .describe('Hosts by name, each with its variables; ranges such as ns[01:20].example.org'),
    vars: Vars.nullable().optional().describe('Variables of all hosts of the group'),
    get children(): z.ZodOptional<z.ZodNullable<z.ZodRecord<z.ZodString, z.ZodNullable<typeof Group>>>> {
      return z.record(z.string(), Group.nullable()).nullable().optional().describe('Groups inside this one');
    },
  })
  .meta({ id: 'group' });

export const InventoryFile = z.record(z.string(), Group.nullable());
