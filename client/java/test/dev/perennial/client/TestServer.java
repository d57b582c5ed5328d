package dev.perennial.client;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A perenniald of a test's own, from the folder PERENNIAL_BIN. */
final class TestServer implements AutoCloseable {
  private final Path folder;
  private String address = "127.0.0.1:0";
  private Process process;

  TestServer() throws Exception {
    folder = Files.createTempDirectory("perennial-");
    start();
  }

  String address() {
    return address;
  }

  /** Returns when it serves: where it did before, with what it held. */
  void start() throws Exception {
    Path port = folder.resolve("port");
    Files.deleteIfExists(port);
    File log = folder.resolve("log").toFile();
    process =
        new ProcessBuilder(
                Path.of(System.getenv("PERENNIAL_BIN"), "perenniald").toString(),
                "--listen=" + address,
                "--port-file=" + port,
                "--database=sqlite:" + folder.resolve("test.db"),
                "--clock=manual:2025-01-01")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start();
    while (!Files.exists(port) || Files.size(port) == 0) {
      if (!process.isAlive()) throw new IOException(Files.readString(log.toPath()));
      Thread.sleep(10);
    }
    address = "127.0.0.1:" + Files.readString(port).strip();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws Exception {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
