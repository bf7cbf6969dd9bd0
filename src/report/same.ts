/** Hosts of which the same is to be told. */
export interface Alike {
  readonly text: string;
  readonly hosts: readonly string[];
}

/** Texts by their hosts, each once, in the order in which they first come. */
export function alike(told: readonly (readonly [host: string, text: string])[]): readonly Alike[] {
  const hosts = new Map<string, string[]>();
  for (const [host, text] of told) {
    const known = hosts.get(text);
    if (known) known.push(host);
    else hosts.set(text, [host]);
  }
  return [...hosts].map(([text, all]) => ({ text, hosts: all }));
}

/** Stands in a text for the hosts of which it is told, until it is known which they are. */
export const anyHost = '\0';

/** A text with its hosts in it. */
export const withHosts = (text: string, title: string): string => text.replaceAll(anyHost, title);
