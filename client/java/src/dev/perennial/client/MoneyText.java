package dev.perennial.client;

import dev.perennial.v1.Money;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Money as people write it. Exact: whole numbers all the way, never floating point. */
public final class MoneyText {
  private static final int DECIMALS_KEPT = 6;
  private static final BigInteger MICROS = BigInteger.valueOf(1_000_000);
  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger GREATEST = BigInteger.valueOf(Long.MAX_VALUE);

  /** ISO 4217, list one: those that have not two decimals. As the server has them. */
  private static final Map<String, Integer> DECIMALS = new HashMap<>();

  static {
    String none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    for (String currency : none.split(" ")) DECIMALS.put(currency, 0);
    for (String currency : "BHD IQD JOD KWD LYD OMR TND".split(" ")) DECIMALS.put(currency, 3);
    for (String currency : "CLF UYW".split(" ")) DECIMALS.put(currency, 4);
  }

  // Units with or without groups of three, and decimals. "1,25" and "0,125" are neither: who writes
  // them may mean a decimal comma.
  private static final String AMOUNT =
      "(?<units>[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\\.(?<decimals>[0-9]+))?";
  private static final String CURRENCY = "(?<currency>[A-Za-z]{3})";
  private static final Pattern FIRST =
      Pattern.compile("(?<sign>-?)" + CURRENCY + " *(?<inner>-?)" + AMOUNT);
  private static final Pattern LAST =
      Pattern.compile("(?<sign>-?)(?<inner>)" + AMOUNT + " *" + CURRENCY);

  private MoneyText() {}

  /**
   * Such as "USD 50,000.00": the currency, groups of three, and as many decimals as the currency
   * has, more where they are not zero. Nothing is rounded, and {@link #parse} gives the same again.
   * Without a currency (which only zero may lack) the number alone.
   */
  public static String format(Money money) {
    BigInteger[] parts = BigInteger.valueOf(money.getMicros()).abs().divideAndRemainder(MICROS);
    int least = DECIMALS.getOrDefault(money.getCurrencyCode(), 2);
    String decimals = String.format(Locale.ROOT, "%06d", parts[1]);
    int end = decimals.length();
    while (end > least && decimals.charAt(end - 1) == '0') end--;
    String sign = money.getMicros() < 0 ? "-" : "";
    String number = sign + String.format(Locale.ROOT, "%,d", parts[0]);
    if (end > 0) number += "." + decimals.substring(0, end);
    return (money.getCurrencyCode() + " " + number).stripLeading();
  }

  /**
   * The Money that a text says: "EUR 1,250.50", "1250.5 EUR", "-USD 3" or "USD -3". The currency is
   * three letters, whatever their case; commas part groups of three, the point the decimals, of
   * which there are six at most.
   *
   * @throws ParseException which says what would be right, for anything else, such as "EUR 1,25"
   *     (1.25, or a comma too many?) or "12.50" (of what?), and for what 64 bits cannot hold
   */
  public static Money parse(String text) {
    Matcher parts = FIRST.matcher(text.strip());
    if (!parts.matches()) parts = LAST.matcher(text.strip());
    if (!parts.matches() || (parts.group("sign") + parts.group("inner")).equals("--")) {
      throw new ParseException(
          text,
          "is no amount of money: write it as \"EUR 1,250.50\", with a currency of three letters,"
              + " commas only between groups of three digits and a point before the decimals");
    }
    String decimals = parts.group("decimals") == null ? "" : parts.group("decimals");
    if (decimals.length() > DECIMALS_KEPT) {
      throw new ParseException(
          text, "has " + decimals.length() + " decimals: at most " + DECIMALS_KEPT + " are kept");
    }
    String digits = parts.group("units").replace(",", "") + decimals;
    BigInteger micros =
        new BigInteger(parts.group("sign") + parts.group("inner") + digits)
            .multiply(BigInteger.TEN.pow(DECIMALS_KEPT - decimals.length()));
    if (micros.compareTo(LEAST) < 0 || micros.compareTo(GREATEST) > 0) {
      throw new ParseException(text, "is too much: at most 9,223,372,036,854.775807 can be held");
    }
    return Money.newBuilder()
        .setCurrencyCode(parts.group("currency").toUpperCase(Locale.ROOT))
        .setMicros(micros.longValueExact())
        .build();
  }
}
