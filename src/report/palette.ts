import pc from 'picocolors';

/** Colours by name; without colours each gives back its text. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** A palette of ANSI colours, or one that leaves text alone. */
export const palette = (colours: boolean): Palette => pc.createColors(colours);
