/** The lab could not do its work (exit 1): what happened, and the next step. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
