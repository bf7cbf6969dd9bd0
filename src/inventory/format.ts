import { z } from 'zod';

/** What an inventory file may hold. The loader checks by itself, for speed; this is for editors. */

const Vars = z.record(z.string(), z.unknown());

const Password = z.union([
  z.string(),
  z.strictObject({
    env: z.string().meta({
      description: 'The variable of the environment that holds it',
      examples: ['FLEET_SUDO_PASSWORD'],
    }),
  }),
]);

const HostVars = z
  .looseObject({
    ansible_host: z
      .string()
      .optional()
      .meta({ description: 'The address or name to connect to', examples: ['192.0.2.1', 'ns1.example.org'] }),
    ansible_port: z
      .union([z.int(), z.string()])
      .optional()
      .meta({ description: 'The port of the SSH server', examples: [22] }),
    ansible_user: z
      .string()
      .optional()
      .meta({ description: 'The user to log in as', examples: ['root'] }),
    ansible_connection: z
      .string()
      .optional()
      .meta({ description: '"ssh" or "local"', examples: ['ssh', 'local'] }),
    ansible_ssh_private_key_file: z
      .string()
      .optional()
      .meta({ description: 'The private key to log in with', examples: ['~/.ssh/id_ed25519'] }),
    ansible_password: Password.optional().meta({
      description: 'The password to log in with, better a key',
      examples: [{ env: 'FLEET_SSH_PASSWORD' }],
    }),
    ansible_become_password: Password.optional().meta({
      description: 'The password of sudo',
      examples: [{ env: 'FLEET_SUDO_PASSWORD' }],
    }),
    ansible_become: z
      .union([z.boolean(), z.string()])
      .optional()
      .meta({ description: 'Whether to become root', examples: [true] }),
  })
  .nullable();

export const Group = z
  .strictObject({
    hosts: z
      .union([z.record(z.string(), HostVars), z.string()])
      .nullable()
      .optional()
      .meta({
        description: 'Hosts by name, each with its variables; ranges such as ns[01:20].example.org',
        examples: [{ 'ns1.example.org': null, 'ns[02:20].example.org': { ansible_port: 2222 } }],
      }),
    vars: Vars.nullable()
      .optional()
      .meta({ description: 'Variables of all hosts of the group', examples: [{ ansible_user: 'root' }] }),
    get children(): z.ZodOptional<z.ZodNullable<z.ZodRecord<z.ZodString, z.ZodNullable<typeof Group>>>> {
      return z
        .record(z.string(), Group.nullable())
        .nullable()
        .optional()
        .meta({
          description: 'Groups inside this one',
          examples: [{ canaries: { hosts: { 'ns1.example.org': null } } }],
        });
    },
  })
  .meta({ id: 'group' });

export const InventoryFile = z.record(z.string(), Group.nullable());
