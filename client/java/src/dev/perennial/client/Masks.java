package dev.perennial.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import dev.perennial.v1.Date;
import dev.perennial.v1.FieldRules;
import dev.perennial.v1.Money;
import dev.perennial.v1.Options;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** What differs between two versions of a resource, and updates of just that. */
public final class Masks {
  private static final Set<String> SAYS_WHICH = Set.of("name", "etag");
  private static final Set<String> VALUES =
      Set.of(Money.getDescriptor().getFullName(), Date.getDescriptor().getFullName());

  private Masks() {}

  /**
   * The paths of the fields in which two messages differ, in the order of the fields' numbers, such
   * as an update's mask takes them.
   *
   * <p>Of nested messages that both have, the paths below; but Money, Date and those of
   * google.protobuf are values, named whole: "forecast_arr". Of maps the entries: "labels.tier".
   * Lists as a whole. Not named: what an update cannot change, which are {@code name}, {@code etag},
   * and fields that are output-only (methods of their own change them) or immutable.
   */
  public static <T extends Message> List<String> changedPaths(T before, T after) {
    List<String> paths = new ArrayList<>();
    for (FieldDescriptor field : changeable(before.getDescriptorForType())) {
      if (!SAYS_WHICH.contains(field.getName())) addChanged(field, before, after, "", paths);
    }
    return paths;
  }

  /**
   * Has an Update method change what differs between a resource as it was read and a version that was
   * edited, and answers the resource as it is then:
   *
   * <pre>
   * var edited = opportunity.toBuilder().setNextStep("Call Vera").build();
   * opportunity = Masks.update(pipeline::updateOpportunity,
   *     UpdateOpportunityRequest.getDefaultInstance(), opportunity, edited);
   * </pre>
   *
   * Sends the changed fields alone, with the etag of the version that was read: an error with the
   * reason ETAG_MISMATCH where somebody else has changed the resource since. Where nothing differs
   * nothing is called, and {@code before} is answered.
   *
   * @param request further fields of the request, or the default instance
   */
  @SuppressWarnings("unchecked") // a builder makes what it was made of
  public static <Q extends Message, T extends Message> T update(
      Function<Q, T> method, Q request, T before, T after) {
    Descriptor type = before.getDescriptorForType();
    FieldDescriptor name = type.findFieldByName("name");
    if (!before.getField(name).equals(after.getField(name))) {
      throw new IllegalArgumentException(
          before.getField(name) + " and " + after.getField(name) + " are two resources");
    }
    List<String> paths = changedPaths(before, after);
    if (paths.isEmpty()) return before;
    Descriptor fields = request.getDescriptorForType();
    FieldDescriptor resource =
        fields.getFields().stream()
            .filter(field -> isNested(field) && field.getMessageType().equals(type))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        fields.getName() + " does not update the type " + type.getName()));
    return method.apply(
        (Q)
            request.toBuilder()
                .setField(resource, patch(before, after, paths))
                .setField(
                    fields.findFieldByName("update_mask"),
                    FieldMask.newBuilder().addAllPaths(paths).build())
                .build());
  }

  /**
   * The whole fields that the paths begin with: the server looks at what it is sent as it would at all
   * of it, and changes what the mask names.
   */
  private static Message patch(Message before, Message after, List<String> paths) {
    Message.Builder patch = before.newBuilderForType();
    Descriptor type = before.getDescriptorForType();
    for (String which : SAYS_WHICH) {
      patch.setField(type.findFieldByName(which), before.getField(type.findFieldByName(which)));
    }
    for (String path : paths) {
      FieldDescriptor field = type.findFieldByName(path.split("\\.")[0]);
      if (has(after, field)) patch.setField(field, after.getField(field));
    }
    return patch.build();
  }

  private static List<FieldDescriptor> changeable(Descriptor message) {
    List<FieldDescriptor> fields = new ArrayList<>();
    for (FieldDescriptor field : message.getFields()) {
      FieldRules rules = field.getOptions().getExtension(Options.rules);
      if (!rules.getOutputOnly() && !rules.getImmutable()) fields.add(field);
    }
    fields.sort(Comparator.comparing(FieldDescriptor::getNumber));
    return fields;
  }

  private static void addChanged(
      FieldDescriptor field, Message before, Message after, String above, List<String> paths) {
    String path = above + field.getName();
    if (field.isMapField()) {
      addChangedEntries(path, entries(before, field), entries(after, field), paths);
      return;
    }
    boolean had = has(before, field);
    boolean has = has(after, field);
    if (had == has && before.getField(field).equals(after.getField(field))) return;
    if (!had || !has || !isNested(field) || isValue(field.getMessageType())) {
      paths.add(path);
      return;
    }
    for (FieldDescriptor below : changeable(field.getMessageType())) {
      Message one = (Message) before.getField(field);
      addChanged(below, one, (Message) after.getField(field), path + ".", paths);
    }
  }

  private static void addChangedEntries(
      String path, Map<Object, Object> before, Map<Object, Object> after, List<String> paths) {
    Set<String> keys = new TreeSet<>();
    for (Map<Object, Object> side : List.of(before, after)) {
      for (Object key : side.keySet()) {
        if (!Objects.equals(before.get(key), after.get(key))) keys.add(key.toString());
      }
    }
    if (keys.stream().anyMatch(key -> key.isEmpty() || key.contains("."))) {
      paths.add(path); // what a path cannot say
    } else {
      keys.forEach(key -> paths.add(path + "." + key));
    }
  }

  private static Map<Object, Object> entries(Message message, FieldDescriptor field) {
    Map<Object, Object> entries = new TreeMap<>();
    for (Object each : (List<?>) message.getField(field)) {
      MapEntry<?, ?> entry = (MapEntry<?, ?>) each;
      entries.put(entry.getKey(), entry.getValue());
    }
    return entries;
  }

  private static boolean has(Message message, FieldDescriptor field) {
    return field.isRepeated()
        ? message.getRepeatedFieldCount(field) > 0
        : message.hasField(field);
  }

  private static boolean isNested(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated();
  }

  private static boolean isValue(Descriptor message) {
    return VALUES.contains(message.getFullName())
        || message.getFile().getPackage().equals("google.protobuf");
  }
}
