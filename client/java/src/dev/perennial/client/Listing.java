package dev.perennial.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.perennial.v1.Change;
import dev.perennial.v1.ResourceType;
import dev.perennial.v1.WatchRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/** The question of a List method, asked as a whole and again for some of its items. */
final class Listing<Q extends Message, R extends Message, T extends Message> {
  private static final int LARGEST_PAGE = 1000;
  // The server takes 4000 bytes of filter and 100 comparisons.
  static final int LONGEST_FILTER = 4000;
  static final int NAMES_AT_ONCE = 50;
  private static final String ANY = "-";

  /** The items by name, and the token from which a watch goes on. */
  record Found<T>(Map<String, T> items, String resumeToken) {}

  private final Function<Q, R> method;
  private final Q request;
  private final T item;
  private final ResourceType resource;

  @SuppressWarnings("unchecked") // a builder makes what it was made of
  Listing(T item, Function<Q, R> method, Q request) {
    this.item = item;
    this.method = method;
    this.resource = Names.resourceOf(item.getDescriptorForType());
    if (resource.getType().isEmpty()) {
      throw new IllegalArgumentException(
          item.getDescriptorForType().getName() + " is no resource: it cannot be mirrored");
    }
    FieldDescriptor size = field(request, "page_size");
    boolean given = !request.getField(size).equals(0);
    this.request =
        given ? request : (Q) request.toBuilder().setField(size, LARGEST_PAGE).build();
  }

  Found<T> all() {
    return ask(Map.of());
  }

  /** Those of the named resources that the list has. */
  Map<String, T> named(Collection<String> names) {
    Map<String, T> found = new HashMap<>();
    for (String filter : narrowed(names)) found.putAll(ask(Map.of("filter", filter)).items());
    return found;
  }

  /** The list's items of an account. */
  Map<String, T> below(String account) {
    List<String> parent = new ArrayList<>(List.of(account.split("/")));
    parent.addAll(parent().subList(2, parent().size()));
    return ask(Map.of("parent", String.join("/", parent))).items();
  }

  /** Of all that may change what the list answers. */
  WatchRequest.Builder watch() {
    WatchRequest.Builder watch = WatchRequest.newBuilder().addResourceTypes(resource.getType());
    if (resource.getPattern().startsWith("accounts/") && !resource.getType().equals("Account")) {
      watch.addResourceTypes("Account");
      if (!account().equals(ANY)) watch.addAccounts("accounts/" + account());
    }
    return watch;
  }

  /** Whether a change is of a resource that the list may have. */
  boolean isItem(Change change) {
    if (!change.getResourceType().equals(resource.getType())) return false;
    String[] parts = change.getResourceName().split("/");
    List<String> parent = parent();
    for (int i = 0; i < parent.size(); i++) {
      boolean any = parent.get(i).equals(ANY);
      if (!any && (i >= parts.length || !parent.get(i).equals(parts[i]))) return false;
    }
    return true;
  }

  /** Whether a change is of an account whose items the list may have: filters look at it. */
  boolean isAbove(Change change) {
    if (!change.getResourceType().equals("Account") || parent().size() < 2) return false;
    return account().equals(ANY) || change.getResourceName().equals("accounts/" + account());
  }

  private String account() {
    return parent().size() < 2 ? ANY : parent().get(1);
  }

  private List<String> parent() {
    String parent = text(request, "parent");
    return parent.isEmpty() ? List.of() : List.of(parent.split("/"));
  }

  private List<String> narrowed(Collection<String> names) {
    String filter = text(request, "filter");
    String given = filter.isBlank() ? "" : "(" + filter + ") AND ";
    List<String> filters = new ArrayList<>();
    List<String> batch = new ArrayList<>();
    for (String name : new TreeSet<>(names)) {
      String comparison = "name = \"" + name + "\"";
      batch.add(comparison);
      int bytes = either(given, batch).getBytes(StandardCharsets.UTF_8).length;
      if (batch.size() > 1 && (batch.size() > NAMES_AT_ONCE || bytes > LONGEST_FILTER)) {
        batch.remove(batch.size() - 1);
        filters.add(either(given, batch));
        batch = new ArrayList<>(List.of(comparison));
      }
    }
    if (!batch.isEmpty()) filters.add(either(given, batch));
    return filters;
  }

  private static String either(String given, List<String> comparisons) {
    return given + "(" + String.join(" OR ", comparisons) + ")";
  }

  /** All pages; the token is that of the first. */
  @SuppressWarnings("unchecked") // builders make what they were made of
  private Found<T> ask(Map<String, String> instead) {
    Message.Builder asked = request.toBuilder();
    instead.forEach((name, value) -> asked.setField(field(request, name), value));
    Map<String, T> items = new HashMap<>();
    String token = null;
    String page = "";
    do {
      R response = method.apply((Q) asked.setField(field(request, "page_token"), page).build());
      if (token == null) token = text(response, "resume_token");
      for (Object each : (List<?>) response.getField(itemsOf(response))) {
        items.put(text((Message) each, "name"), (T) each);
      }
      page = text(response, "next_page_token");
    } while (!page.isEmpty());
    return new Found<>(items, token);
  }

  private FieldDescriptor itemsOf(R response) {
    for (FieldDescriptor field : response.getDescriptorForType().getFields()) {
      if (field.isRepeated()
          && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
          && field.getMessageType().equals(item.getDescriptorForType())) {
        return field;
      }
    }
    throw new IllegalArgumentException(
        response.getDescriptorForType().getName() + " has no items of the type " + resource.getType());
  }

  private static FieldDescriptor field(Message message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }

  /** "" where a message has no such field. */
  private static String text(Message message, String name) {
    FieldDescriptor field = field(message, name);
    return field == null ? "" : (String) message.getField(field);
  }
}
