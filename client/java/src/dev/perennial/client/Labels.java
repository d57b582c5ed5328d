package dev.perennial.client;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.ProtocolMessageEnum;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What enums are called before people. */
public final class Labels {
  /** Words of the API that stay as they are. */
  private static final Set<String> INITIALISMS = Set.of("ARR", "ID");

  private Labels() {}

  /**
   * Such as "Adoption review" for Stage.ADOPTION_REVIEW. UNRECOGNIZED, which has no number any more,
   * is "Unknown": see {@link #of(EnumDescriptor, int)}.
   */
  public static String of(ProtocolMessageEnum value) {
    if (((Enum<?>) value).name().equals("UNRECOGNIZED")) return "Unknown";
    return of(value.getDescriptorForType(), value.getNumber());
  }

  /**
   * The same of a number, as of {@code opportunity.getStageValue()}. One that is not known, as from a
   * newer server, is "Unknown (17)".
   */
  public static String of(EnumDescriptor type, int number) {
    EnumValueDescriptor known = type.findValueByNumber(number);
    if (known == null) return "Unknown (" + number + ")";
    // "FORECAST_CATEGORY_" of ForecastCategory: what protos put before the value that says nothing.
    String prefix =
        type.getName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toUpperCase(Locale.ROOT) + "_";
    String name = known.getName();
    if (name.startsWith(prefix)) name = name.substring(prefix.length());
    String text =
        Stream.of(name.split("_"))
            .map(word -> INITIALISMS.contains(word) ? word : word.toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" "));
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
