/** Something that the person at the terminal can act on. Printed without a stack. */
export class Failure extends Error {
  /**
   * @param message one sentence: what is wrong
   * @param hints what to do about it, one line each
   */
  constructor(
    message: string,
    readonly hints: readonly string[] = [],
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = 'Failure';
  }
}
