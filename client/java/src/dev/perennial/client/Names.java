package dev.perennial.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.perennial.v1.Options;
import dev.perennial.v1.Resource;
import dev.perennial.v1.ResourceType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Names of resources, such as accounts/acme/contacts/jane. */
public final class Names {
  private static final Pattern ID = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

  /** Of every type of resource, by its collections: "accounts/contacts". */
  private static final Map<String, String> PATTERNS = new TreeMap<>();

  static {
    // Named by the API and no resource of its own.
    PATTERNS.put("products/capabilities", "products/{product}/capabilities/{capability}");
    for (FieldDescriptor kind : Resource.getDescriptor().getFields()) {
      String pattern = resourceOf(kind.getMessageType()).getPattern();
      PATTERNS.put(String.join("/", collectionsOf(pattern.split("/"))), pattern);
    }
  }

  private Names() {}

  /**
   * The ids in a name, by the collections that they are of, from the outermost to the innermost:
   * {accounts=a, opportunities=o} of "accounts/a/opportunities/o".
   *
   * @throws ParseException which says what would be right, for what is no name of the API
   */
  public static Map<String, String> parse(String name) {
    String[] parts = name.split("/", -1);
    List<String> collections = collectionsOf(parts);
    if (parts.length % 2 != 0 || !PATTERNS.containsKey(String.join("/", collections))) {
      throw new ParseException(name, "is no name: it needs the form " + forms(collections));
    }
    Map<String, String> ids = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i += 2) {
      if (parts[i].equals("-")) {
        throw new ParseException(name, "is no name: - stands for every id in the parent of a list");
      }
      if (!ID.matcher(parts[i]).matches()) {
        throw new ParseException(
            name,
            "is no name: '" + parts[i] + "' is no id, which has 1 to 63 of a-z, 0-9 and -, and no -"
                + " at its ends");
      }
      ids.put(parts[i - 1], parts[i]);
    }
    return ids;
  }

  /**
   * A name of collections and ids in turn, from the outermost to the innermost: {@code
   * Names.format("accounts", "a", "opportunities", "o")}.
   *
   * @throws ParseException as {@link #parse}
   */
  public static String format(String... collectionsAndIds) {
    String name = String.join("/", collectionsAndIds);
    parse(name);
    return name;
  }

  /** What a message says of itself as a resource; its type is empty where it is none. */
  static ResourceType resourceOf(Descriptor message) {
    return message.getOptions().getExtension(Options.resource);
  }

  private static List<String> collectionsOf(String[] parts) {
    List<String> collections = new ArrayList<>();
    for (int i = 0; i < parts.length; i += 2) collections.add(parts[i]);
    return collections;
  }

  /** What would be right for a name with such collections: those that end alike, or all. */
  private static String forms(List<String> collections) {
    String last = collections.get(collections.size() - 1);
    List<String> alike = new ArrayList<>();
    PATTERNS.forEach(
        (known, pattern) -> {
          if (known.substring(known.lastIndexOf('/') + 1).equals(last)) alike.add(pattern);
        });
    return String.join(" or ", alike.isEmpty() ? PATTERNS.values() : alike);
  }
}
