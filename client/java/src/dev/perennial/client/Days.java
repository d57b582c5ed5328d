package dev.perennial.client;

import dev.perennial.v1.Date;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Locale;

/** Days, as messages, as texts and as Java has them. */
public final class Days {
  private Days() {}

  /** Such as "2025-03-31"; "" where it is not set. */
  public static String format(Date date) {
    if (date.equals(Date.getDefaultInstance())) return "";
    return String.format(
        Locale.ROOT, "%04d-%02d-%02d", date.getYear(), date.getMonth(), date.getDay());
  }

  /**
   * The day that "2025-03-31" says, of the years 1900 to 9999.
   *
   * @throws ParseException for other shapes and for days that are not in the calendar
   */
  public static Date parse(String text) {
    if (text.matches("(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")) {
      try {
        return fromLocalDate(LocalDate.parse(text));
      } catch (DateTimeException notInTheCalendar) {
        // Says the same as of other shapes.
      }
    }
    throw new ParseException(
        text, "is no day of the years 1900 to 9999: write it as \"2025-03-31\"");
  }

  /**
   * @throws DateTimeException where it is no day, as where it is not set
   */
  public static LocalDate toLocalDate(Date date) {
    return LocalDate.of(date.getYear(), date.getMonth(), date.getDay());
  }

  public static Date fromLocalDate(LocalDate day) {
    return Date.newBuilder()
        .setYear(day.getYear())
        .setMonth(day.getMonthValue())
        .setDay(day.getDayOfMonth())
        .build();
  }
}
