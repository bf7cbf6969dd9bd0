/** Folders of root and of the system: named reads some of what lies there, and writes nothing. */
const notWritten =
  /^\/(bin|boot|dev|etc|lib\d*|proc|root|sbin|sys|usr|var\/lib\/(apt|confine|dpkg|systemd)|var\/spool\/cron|run\/systemd)(\/|$)/;

/** What is secret, or the memory of the machine. */
const notRead =
  /^\/(root\/|dev\/|boot\/|etc\/(g?shadow|sudoers|ssh\/.*key$)|proc\/(?!(sys|net)\/)|sys\/kernel\/(debug|security|tracing)\/|var\/lib\/confine\/)/;

/** Folders that many programs share: a rule for all in them is never about BIND alone. */
const shared =
  /^\/([^/]+|home\/[^/]+|root|usr(\/local)?\/[^/]+|var\/[^/]+|etc\/ss[lh]|run\/(lock|user)|var\/lib\/private)?$/;

/**
 * Why an access to a file is shown, and not proposed; undefined where a rule for this very file may be.
 * @param path Absolute, a folder with its trailing slash.
 * @param permissions Of `r w a k m`.
 */
export function neverFor(path: string, permissions: readonly string[]): string | undefined {
  const writes = permissions.some((it) => it === 'w' || it === 'a');
  if (writes && notWritten.test(path))
    return path.startsWith('/etc/')
      ? 'named does not write below /etc: keep what it writes in /var/lib/bind or /var/cache/bind'
      : 'named does not write into folders of the system';
  if (writes && shared.test(path.replace(/\/$/, ''))) return 'this folder is not BIND’s own';
  if (notRead.test(path)) return 'this tells secrets, or is about other processes or the machine';
  return undefined;
}

/** Whether everything in a folder may be in one rule. */
export const mayCoverAll = (folder: string): boolean =>
  !shared.test(folder) && !/^\/(dev|proc|sys)\//.test(folder);
