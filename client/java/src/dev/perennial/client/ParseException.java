package dev.perennial.client;

/** A text does not say what it should. The message says what would be right. */
public final class ParseException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String text;

  ParseException(String text, String problem) {
    super("\"" + text + "\" " + problem);
    this.text = text;
  }

  /** What was given. */
  public String getText() {
    return text;
  }
}
