package dev.perennial.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server for an integration test: a perenniald of its own, with an SQLite database in a temporary
 * folder, on a free port of loopback.
 *
 * <pre>
 * try (var server = ThrowawayServer.with().seed(Path.of("seed.textproto")).start();
 *     var connection = Connection.open(server.target(), "ada@example.com")) { ... }
 * </pre>
 *
 * <p>The database outlives kill, and not the machine: nothing waits for its disk. The server ends with
 * this JVM, unless that is killed. Not thread-safe.
 */
public final class ThrowawayServer implements AutoCloseable {
  private static final long START_SECONDS = 120; // migrations on a busy machine take their time
  private static final long STOP_SECONDS = 60;
  private static final int LOG_TAIL = 4000;

  /** Named as in the other languages. Each method changes these options, and answers them. */
  public static final class Options {
    private String clock = "2025-01-01";
    private Path copyOf;
    private Path seed;
    private String seedText = "";
    private boolean runJobs = true;
    private Long idSeed;
    private boolean mariadb;
    private String database;
    private List<String> flags = List.of();
    private Path programs;

    private Options() {}

    /** The day its clock stands at until ClockService moves it; null for a clock that runs. */
    public Options clock(String day) {
      clock = day;
      return this;
    }

    /** A SQLite file that its database begins as a copy of. */
    public Options copyOf(Path file) {
      copyOf = file;
      return this;
    }

    /** A file of resources that it holds: what `perennial import --mapping` takes. */
    public Options seed(Path file) {
      seed = file;
      return this;
    }

    /** The same as text. */
    public Options seedText(String text) {
      seedText = text;
      return this;
    }

    /** Whether the jobs of the day run once after that; by default they do. */
    public Options runJobs(boolean run) {
      runJobs = run;
      return this;
    }

    /** Its ids are the same in every run, where calls come one after another. */
    public Options idSeed(long number) {
      idSeed = number;
      return this;
    }

    /**
     * A MySQL database of its own instead, dropped at the end, on the server that the environment's
     * PERENNIAL_TEST_MYSQL and PERENNIAL_TEST_MYSQL_PASSWORD_FILE name.
     */
    public Options mariadb() {
      mariadb = true;
      return this;
    }

    /** Another one, such as mysql://user@host:3306/name; it is not thrown away. */
    public Options database(String url) {
      database = url;
      return this;
    }

    /** Further ones of perenniald. */
    public Options flags(String... further) {
      flags = List.of(further);
      return this;
    }

    /**
     * The folder of perenniald and perennial. By default the one that PERENNIAL_BIN names, or else
     * build/bin of the current folder and those above it, or PATH.
     */
    public Options programs(Path folder) {
      programs = folder;
      return this;
    }

    public ThrowawayServer start() throws IOException, InterruptedException {
      ThrowawayServer server = new ThrowawayServer(this);
      try {
        server.start();
        return server;
      } catch (IOException | InterruptedException | RuntimeException error) {
        server.close();
        throw error;
      }
    }
  }

  private final Options options;
  private final Path folder = Files.createTempDirectory("perennial-");
  private final List<String> mariadb;
  private final Thread atExit = new Thread(() -> endProcess());
  private String target = "127.0.0.1:0";
  private boolean filled;
  private Process process;

  public static Options with() {
    return new Options();
  }

  private ThrowawayServer(Options options) throws IOException {
    this.options = options;
    mariadb = options.mariadb ? mariadbFlags() : List.of();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Such as "127.0.0.1:41234": the same when it is started again. */
  public String target() {
    return target;
  }

  /** Serves again, after stop and kill, with what it held. */
  public void start() throws IOException, InterruptedException {
    if (process != null) {
      throw new IllegalStateException("the server runs already: stop it before it is started again");
    }
    Files.deleteIfExists(folder.resolve("port"));
    process =
        new ProcessBuilder(arguments())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    try {
      awaitPort();
      if (!filled) fill();
      filled = true;
    } catch (IOException | InterruptedException error) {
      kill();
      throw error;
    }
  }

  /** Asks it to end (SIGTERM), and answers its exit code. */
  public int stop() throws InterruptedException {
    Process ending = process;
    if (ending == null) throw new IllegalStateException("the server does not run");
    ending.destroy();
    ending.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    kill();
    return ending.exitValue();
  }

  /** Takes it away in the middle of whatever it does (SIGKILL). */
  public void kill() throws InterruptedException {
    endProcess();
    if (process != null) process.waitFor();
    process = null;
  }

  /** What it wrote, all starts together. */
  public String log() throws IOException {
    Path log = folder.resolve("log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** The end of the log, with the requests of calls that failed. */
  public String describeFailure() throws IOException {
    String log = log();
    return "The log of the server ends with:\n" + log.substring(Math.max(0, log.length() - LOG_TAIL));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    Runtime.getRuntime().removeShutdownHook(atExit);
    if (!mariadb.isEmpty()) {
      List<String> drop = new ArrayList<>(List.of(find("perenniald"), "drop"));
      drop.addAll(mariadb);
      // What was never served is not there.
      run(drop);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  private void endProcess() {
    if (process != null) process.destroyForcibly();
  }

  private List<String> arguments() throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                find("perenniald"),
                "--throw-away",
                "--listen=" + target,
                "--port-file=" + folder.resolve("port")));
    if (!mariadb.isEmpty()) {
      arguments.addAll(mariadb);
    } else if (options.database != null) {
      arguments.add("--database=" + options.database);
    } else {
      arguments.add("--database=sqlite:" + folder.resolve("test.db"));
    }
    if (options.clock != null) arguments.add("--clock=manual:" + options.clock);
    if (options.copyOf != null) arguments.add("--copy-of=" + options.copyOf.toAbsolutePath());
    if (options.idSeed != null) {
      arguments.add("--id-seed=" + Long.toUnsignedString(options.idSeed));
    }
    arguments.addAll(options.flags);
    return arguments;
  }

  private void awaitPort() throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path port = folder.resolve("port");
    while (!Files.exists(port)) {
      boolean late = System.nanoTime() - start > TimeUnit.SECONDS.toNanos(START_SECONDS);
      if (late || process.waitFor(5, TimeUnit.MILLISECONDS)) {
        String what = late ? "perenniald does not serve" : "perenniald has ended";
        throw new IOException(what + "\n" + describeFailure());
      }
    }
    target = "127.0.0.1:" + Files.readString(port).strip();
  }

  // What it holds from the start.
  private void fill() throws IOException, InterruptedException {
    List<Path> seeds = new ArrayList<>();
    if (options.seed != null) seeds.add(options.seed.toAbsolutePath());
    if (!options.seedText.isEmpty()) {
      seeds.add(Files.writeString(folder.resolve("seed_text.textproto"), options.seedText));
    }
    String server = "--server=" + target;
    for (Path seed : seeds) {
      String from = seed.getParent().toString();
      String failed =
          run(List.of(find("perennial"), server, "import", from, "--mapping=" + seed));
      if (failed != null) {
        throw new IOException(seed + " cannot be imported:\n" + failed + describeFailure());
      }
    }
    if (seeds.isEmpty() || !options.runJobs || options.clock == null) return;
    String failed = run(List.of(find("perennial"), server, "clock", "move", "--days=0"));
    if (failed != null) throw new IOException("the jobs cannot run:\n" + failed + describeFailure());
  }

  // Null, or what it said where it failed.
  private String run(List<String> command) throws IOException, InterruptedException {
    Process running = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(running.getInputStream().readAllBytes());
    return running.waitFor() == 0 ? null : said;
  }

  private static List<String> mariadbFlags() {
    String url = System.getenv("PERENNIAL_TEST_MYSQL");
    if (url == null) {
      throw new IllegalStateException(
          "PERENNIAL_TEST_MYSQL is not set: run scripts/with-mariadb with the test as its command, or"
              + " set it to mysql://user@host:port of a server on which the user may create databases"
              + " perennial_*");
    }
    String id = String.format("%016x", new SecureRandom().nextLong());
    List<String> flags = new ArrayList<>();
    flags.add("--database=" + url + "/perennial_throw_away_" + id);
    String file = System.getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE");
    if (file != null) flags.add("--database-password-file=" + file);
    return flags;
  }

  private String find(String name) throws IOException {
    Path given =
        options.programs != null
            ? options.programs
            : Optional.ofNullable(System.getenv("PERENNIAL_BIN")).map(Path::of).orElse(null);
    List<Path> folders = new ArrayList<>();
    if (given != null) {
      folders.add(given);
    } else {
      Path here = Path.of("").toAbsolutePath();
      for (; here != null; here = here.getParent()) folders.add(here.resolve("build/bin"));
      String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
      for (String folder : path.split(":")) folders.add(Path.of(folder));
    }
    for (Path folder : folders) {
      if (Files.isExecutable(folder.resolve(name))) return folder.resolve(name).toString();
    }
    throw new IOException(
        "there is no "
            + name
            + ": build it (scripts/run does) and set PERENNIAL_BIN to the folder that it is in, such"
            + " as build/bin");
  }
}
