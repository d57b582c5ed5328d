package dev.perennial.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a failed call says beyond code and message. */
public final class ErrorDetails {
  private static final String DOMAIN = "perennial";

  /**
   * A field that was wrong or a condition that was not met.
   *
   * @param subject a field's path, or the type of an unmet criterion such as DECISION_ROLE_REACHED
   * @param description what would be right
   */
  public record Violation(String subject, String description) {}

  /** What is missing or there already. */
  public record ResourceRef(String type, String name) {}

  private final Status status;
  private final DeadlinePassed deadline;
  private String reason = "";
  private Map<String, String> metadata = Map.of();
  private final List<Violation> fields = new ArrayList<>();
  private final List<Violation> unmet = new ArrayList<>();
  private ResourceRef resource;
  private Duration retryDelay;

  private ErrorDetails(Status status, com.google.rpc.Status details) {
    this.status = status;
    this.deadline = DeadlinePassed.in(status.getCause());
    if (deadline != null) reason = "DEADLINE_PASSED";
    if (details == null) return;
    try {
      for (Any detail : details.getDetailsList()) take(detail);
    } catch (InvalidProtocolBufferException mangled) {
      // What was read so far is still true.
    }
  }

  /** The details of what a call threw. Of what is none of gRPC's the code is UNKNOWN. */
  public static ErrorDetails of(Throwable thrown) {
    return new ErrorDetails(Status.fromThrowable(thrown), StatusProto.fromThrowable(thrown));
  }

  static ErrorDetails of(Status status, Metadata trailers) {
    return new ErrorDetails(status, StatusProto.fromStatusAndTrailers(status, trailers));
  }

  private void take(Any detail) throws InvalidProtocolBufferException {
    if (detail.is(ErrorInfo.class)) {
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      if (!info.getDomain().equals(DOMAIN)) return;
      reason = info.getReason();
      metadata = info.getMetadataMap();
    } else if (detail.is(BadRequest.class)) {
      for (var each : detail.unpack(BadRequest.class).getFieldViolationsList()) {
        fields.add(new Violation(each.getField(), each.getDescription()));
      }
    } else if (detail.is(PreconditionFailure.class)) {
      for (var each : detail.unpack(PreconditionFailure.class).getViolationsList()) {
        unmet.add(new Violation(each.getType(), each.getDescription()));
      }
    } else if (detail.is(ResourceInfo.class)) {
      ResourceInfo info = detail.unpack(ResourceInfo.class);
      resource = new ResourceRef(info.getResourceType(), info.getResourceName());
    } else if (detail.is(RetryInfo.class)) {
      var delay = detail.unpack(RetryInfo.class).getRetryDelay();
      retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
    }
  }

  public Status.Code code() {
    return status.getCode();
  }

  /** For people. */
  public String message() {
    return status.getDescription() == null ? "" : status.getDescription();
  }

  /**
   * The name of an ErrorReason, such as "GATE_UNMET": match on this. Empty where the error is not the
   * API's, as where no server answers.
   */
  public String reason() {
    return reason;
  }

  /** What else the reason needs to be understood. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Each field that was wrong. */
  public List<Violation> fields() {
    return fields;
  }

  /** Each condition that was not met: the criteria of a gate. */
  public List<Violation> unmet() {
    return unmet;
  }

  public Optional<ResourceRef> resource() {
    return Optional.ofNullable(resource);
  }

  /** After which the server wants to be asked again. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(retryDelay);
  }

  /** What was not done in time, with DEADLINE_EXCEEDED. */
  public Optional<DeadlinePassed> deadline() {
    return Optional.ofNullable(deadline);
  }

  /** Whether the same call may succeed a little later. */
  boolean passes() {
    switch (code()) {
      case UNAVAILABLE:
        return true;
      case RESOURCE_EXHAUSTED:
        return retryDelay != null;
      case ABORTED:
        return reason.equals("WRITE_CONFLICT");
      default:
        return false;
    }
  }

  /** For people: the reason, the message, and a line for each violation. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(reason.isEmpty() ? code().name() : reason);
    text.append(": ").append(message());
    for (List<Violation> violations : List.of(fields, unmet)) {
      for (Violation each : violations) {
        text.append("\n  ").append(each.subject()).append(": ").append(each.description());
      }
    }
    return text.toString();
  }
}
