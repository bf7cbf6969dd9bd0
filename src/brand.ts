import { z } from 'zod';

// Schemas check a handful of values each: generating code for them would take longer than it saves.
z.config({ jitless: true });

/**
 * Branded strings: a value of one of these types has passed its check, so code behind the check can rely on
 * it. None of them can hold a control character, which is what lets them stand in a line of a host's script.
 */

const noControl = /^[^\u0000-\u001f\u007f]*$/;

/** An absolute path of a host, without `.` or `..` segments, double or trailing slashes. */
export const AbsolutePath = z
  .string()
  .max(4000)
  .regex(noControl, 'a path cannot hold control characters')
  .refine((s) => s.startsWith('/'), 'must be an absolute path')
  .refine(
    (s) =>
      s === '/' ||
      s
        .slice(1)
        .split('/')
        .every((part) => part !== '' && part !== '.' && part !== '..'),
    'must be a plain path: no "//", no "." or "..", no trailing "/"',
  )
  .brand<'AbsolutePath'>();
export type AbsolutePath = z.output<typeof AbsolutePath>;

/** The kernel's name of an AppArmor profile, as in /sys/kernel/security/apparmor/profiles. */
export const ProfileName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[A-Za-z0-9_./@{}*+-]+$/, 'must be a profile name as the kernel lists it, or the path of a binary')
  .refine((s) => !s.startsWith('-'), 'must not start with "-"')
  .brand<'ProfileName'>();
export type ProfileName = z.output<typeof ProfileName>;

/** A systemd unit name with its suffix (systemd.unit(5)). */
export const UnitName = z
  .string()
  .max(255)
  .regex(
    /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\.(service|socket|target|timer|path|mount)$/,
    'must be a unit name with its suffix, like "named.service"',
  )
  .brand<'UnitName'>();
export type UnitName = z.output<typeof UnitName>;

/** One path segment that is safe as a file name. */
export const FileName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/, 'must be a plain file name (letters, digits, "_", ".", "@", "-")')
  .brand<'FileName'>();
export type FileName = z.output<typeof FileName>;

/** A Debian package name (Debian policy 5.6.1). */
export const PackageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be a Debian package name')
  .brand<'PackageName'>();
export type PackageName = z.output<typeof PackageName>;

/** A host's name in the inventory. A leading "-" would be read as an option by ssh. */
export const HostName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9_.:@%-]+$/, 'must be a host name')
  .refine((s) => !s.startsWith('-'), 'a host name must not start with "-": ssh would read it as an option')
  .brand<'HostName'>();
export type HostName = z.output<typeof HostName>;
