/** A text is not what it should be. The message says what would be right. */
export class ParseError extends Error {
  override readonly name = "ParseError";

  constructor(
    /** What was given. */
    readonly text: string,
    /** What would be right. */
    expected: string,
  ) {
    super(`${JSON.stringify(text)}: expected ${expected}`);
  }
}
