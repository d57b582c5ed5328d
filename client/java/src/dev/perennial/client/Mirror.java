package dev.perennial.client;

import com.google.protobuf.Message;
import dev.perennial.v1.Change;
import dev.perennial.v1.HistoryServiceGrpc.HistoryServiceBlockingStub;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The items of a List method by their names, kept current by a thread of its own:
 *
 * <pre>
 * try (var renewals = Mirror.start(Opportunity.getDefaultInstance(), pipeline::listOpportunities,
 *     ListOpportunitiesRequest.newBuilder()
 *         .setParent("accounts/-").setFilter("outcome = OPEN").build(),
 *     history, event -> System.out.println(event.kind() + " " + event.name()))) {
 *   renewals.await(Duration.ofSeconds(30));
 * </pre>
 *
 * It lists, watches, and asks the list again about whatever changes, so that the request may have any
 * filter: the server alone judges it. A change of an account asks again about what is below it. What
 * comes true by the passing of days alone, as in ListTasks' {@code due}, is not seen until something
 * changes.
 *
 * <p>It goes on by itself after breaks, for as long as they take. Where the history that it has missed
 * is gone it lists anew, and tells what differs. An error that does not pass, such as a filter that is
 * wrong, ends it: see {@link #await} and {@link #error}. Thread-safe.
 */
public final class Mirror<T extends Message> implements AutoCloseable {
  /** What happened to a mirror. */
  public enum Kind {
    ADDED,
    CHANGED,
    REMOVED,
    /** The mirror is current, at first and again after a break. */
    SYNCED,
    /** It may not be, until SYNCED. */
    BROKEN
  }

  /**
   * One thing that happened to a mirror.
   *
   * @param name of the item; else empty
   * @param before the item as it was; null where it was added, and without an item
   * @param after the item as it is; null where it was removed, and without an item
   * @param error with BROKEN, what was wrong; else null
   */
  public record Event<T>(Kind kind, String name, T before, T after, Throwable error) {}

  // Where more than so many have changed at once, all are listed again.
  private static final int MOST_NAMES = 1000;
  private static final int MOST_ACCOUNTS = 50;

  private final Listing<?, ?, T> listing;
  private final HistoryServiceBlockingStub history;
  private final Consumer<Event<T>> listener;
  private final Thread thread;
  private String token = "";

  // Guarded by this.
  private final Map<String, T> items = new HashMap<>();
  private boolean synced;
  private boolean broken;
  private boolean closed;
  private boolean ended;
  private Throwable error;
  private Watch watch;

  private Mirror(
      Listing<?, ?, T> listing, HistoryServiceBlockingStub history, Consumer<Event<T>> listener) {
    this.listing = listing;
    this.history = history;
    this.listener = listener;
    thread = new Thread(this::run, "perennial-mirror");
    thread.setDaemon(true);
  }

  /**
   * Starts one, which ends with {@link #close}.
   *
   * @param item any of the items' type, such as its default instance
   * @param listener called with every event in the mirror's thread, which waits for it. What it throws
   *     ends the mirror
   * @throws IllegalArgumentException where items of the type are no resources
   */
  public static <Q extends Message, R extends Message, T extends Message> Mirror<T> start(
      T item,
      Function<Q, R> method,
      Q request,
      HistoryServiceBlockingStub history,
      Consumer<Event<T>> listener) {
    Mirror<T> mirror = new Mirror<>(new Listing<>(item, method, request), history, listener);
    mirror.thread.start();
    return mirror;
  }

  /**
   * Returns once it is current: at once where it is.
   *
   * @throws TimeoutException with the last error as its cause
   * @throws IllegalStateException where it has ended, with what has ended it as its cause
   */
  public synchronized void await(Duration longest) throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + longest.toNanos();
    while (!synced) {
      if (ended) throw new IllegalStateException("the mirror has ended", error);
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        TimeoutException timeout = new TimeoutException("the mirror is not current: " + error);
        timeout.initCause(error);
        throw timeout;
      }
      wait(left);
    }
  }

  /** What keeps it from being current, or has ended it; empty while it is current. */
  public synchronized Optional<Throwable> error() {
    return Optional.ofNullable(error);
  }

  /** The items as they are now, by name, in no order. */
  public synchronized Map<String, T> snapshot() {
    return Map.copyOf(items);
  }

  /** The items as they are now, in an order; those that are equal in it by name. */
  public List<T> sorted(Comparator<? super T> order) {
    return new TreeMap<>(snapshot()).values().stream().sorted(order).collect(Collectors.toList());
  }

  /** The item of a name, if the mirror has it. */
  public synchronized Optional<T> get(String name) {
    return Optional.ofNullable(items.get(name));
  }

  /**
   * Ends it, and waits for that unless its own listener calls: a list that is under way ends first, by
   * its deadline. The items stay as they were last.
   */
  @Override
  public void close() {
    Watch current;
    synchronized (this) {
      closed = true;
      current = watch;
      notifyAll();
    }
    if (current != null) current.close();
    if (Thread.currentThread() == thread) return;
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Throwable end = null;
    try {
      int failures = 0;
      while (!isClosed()) {
        try {
          follow();
        } catch (StatusRuntimeException caught) {
          ErrorDetails details = ErrorDetails.of(caught);
          boolean expired = details.reason().equals("RESUME_TOKEN_EXPIRED");
          boolean late = details.code() == Status.Code.DEADLINE_EXCEEDED;
          if (!expired && !late && !details.passes()) throw caught;
          if (expired) token = "";
          failures = breakOff(caught) ? 1 : failures + 1;
          // What is expired is not back after a wait.
          if (!expired || failures > 1) {
            pause(Repeater.backoffMs(failures, details.retryDelay().orElse(null)));
          }
        }
      }
    } catch (Throwable thrown) { // of a listener, too: there is nobody above to take it
      end = thrown;
    }
    synchronized (this) {
      ended = true;
      synced = false;
      error = end;
      notifyAll();
    }
  }

  /**
   * Lists where there is no token, and watches until something breaks off. The token is kept only once
   * what changed before it was taken.
   */
  private void follow() throws InterruptedException {
    if (token.isEmpty()) {
      Listing.Found<T> found = listing.all();
      replaceAll(found.items());
      token = found.resumeToken();
    }
    try (Watch current = new Watch(history, listing.watch().setResumeToken(token).build())) {
      synchronized (this) {
        if (closed) return;
        watch = current;
      }
      current.follow(
          response -> {
            take(response.getChangesList());
            token = response.getResumeToken();
            becomeSynced();
          },
          this::breakOff);
    }
  }

  /** What changed one after the other may be asked for all at once: the list is asked afterwards. */
  private void take(List<Change> changes) {
    Set<String> names = new TreeSet<>();
    Set<String> deleted = new TreeSet<>();
    Set<String> accounts = new TreeSet<>();
    for (Change change : changes) {
      String name = change.getResourceName();
      if (listing.isItem(change)) {
        // The last of each counts: what was deleted may have been made again.
        boolean gone = change.getOperation() == Change.Operation.DELETED;
        (gone ? deleted : names).add(name);
        (gone ? names : deleted).remove(name);
      } else if (listing.isAbove(change)) {
        accounts.add(name);
      }
    }
    replace(deleted, Map.of());
    if (names.size() > MOST_NAMES || accounts.size() > MOST_ACCOUNTS) {
      replaceAll(listing.all().items());
      return;
    }
    try {
      replace(names, listing.named(names));
    } catch (StatusRuntimeException refused) {
      // The filter is right alone, and may be too long or too deep for more.
      if (!Set.of("INVALID_FILTER", "INVALID_FIELD").contains(ErrorDetails.of(refused).reason())) {
        throw refused;
      }
      replaceAll(listing.all().items());
      return;
    }
    for (String account : accounts) {
      Map<String, T> found = listing.below(account);
      replace(namesThat(name -> name.startsWith(account + "/")), found);
    }
  }

  private synchronized Set<String> namesThat(Function<String, Boolean> wanted) {
    return items.keySet().stream().filter(wanted::apply).collect(Collectors.toSet());
  }

  private void replaceAll(Map<String, T> found) {
    replace(namesThat(name -> true), found);
  }

  /** Makes the named items, and those that are given, what is given; what is not is gone. */
  private void replace(Collection<String> names, Map<String, T> found) {
    Set<String> all = new TreeSet<>(names);
    all.addAll(found.keySet());
    List<Event<T>> events = new ArrayList<>();
    synchronized (this) {
      for (String name : all) {
        T after = found.get(name);
        T before = after == null ? items.remove(name) : items.put(name, after);
        if (before == null ? after == null : before.equals(after)) continue;
        Kind kind = before == null ? Kind.ADDED : after == null ? Kind.REMOVED : Kind.CHANGED;
        events.add(new Event<>(kind, name, before, after, null));
      }
    }
    events.forEach(listener);
  }

  private void becomeSynced() {
    synchronized (this) {
      if (synced) return;
      synced = true;
      broken = false;
      error = null;
      notifyAll();
    }
    listener.accept(new Event<>(Kind.SYNCED, "", null, null, null));
  }

  /** Answers whether it was current until now. */
  private boolean breakOff(Throwable caught) {
    boolean wasSynced;
    synchronized (this) {
      wasSynced = synced;
      synced = false;
      error = caught;
      if (broken) return wasSynced;
      broken = true;
    }
    listener.accept(new Event<>(Kind.BROKEN, "", null, null, caught));
    return wasSynced;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void pause(long ms) throws InterruptedException {
    long end = System.nanoTime() + ms * 1_000_000;
    for (long left = ms; left > 0 && !closed; left = (end - System.nanoTime()) / 1_000_000) {
      wait(left);
    }
  }
}
