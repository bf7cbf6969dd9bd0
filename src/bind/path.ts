/** The folder that a path lies in; that of the root is the root. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** The folders that a path lies in, the nearest first, with the root. */
export const foldersOf = (path: string): readonly string[] =>
  path === '/' ? [] : [folderOf(path), ...foldersOf(folderOf(path))];
