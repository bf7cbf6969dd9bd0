/** One line of /proc/self/mountinfo. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  /** The file system's own options. */
  readonly options: string;
}

/** Reads /proc/self/mountinfo, which writes spaces and the like in octal (proc(5)). */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const point = left.split(' ')[4];
    const [type = '', , options = ''] = right.split(' ');
    return point === undefined ? [] : [{ point: unescape(point), type, options }];
  });
}

function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
