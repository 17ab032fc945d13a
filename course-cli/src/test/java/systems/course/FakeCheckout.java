package systems.course;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import systems.course.catalogue.Repository;
import systems.course.terminal.Terminal;

/**
 * A checkout with one module of two phases, and a launcher that has nothing to build.
 *
 * <p>{@link #course} runs a command line in this JVM as {@code ./course} would.
 */
public final class FakeCheckout {
  public static final String COURSE_YAML =
      """
      id: toy
      number: 7
      title: a toy
      standard: none
      state: stands
      phases:
        - {number: 1, title: first, minutes: 30, goal: It starts.}
        - {number: 2, title: second, minutes: 45, goal: It stops.}
      run:
        main: toy.Main
        jvm: [-Xmx64m]
        args: [serve]
      """;

  /** What a command line left behind. */
  record Result(int exitCode, String out, String err) {}

  final Path root;
  final Path module;

  FakeCheckout(Path root) throws IOException {
    this.root = root;
    module = Files.createDirectories(root.resolve("module-07-toy"));
    Files.writeString(module.resolve("course.yaml"), COURSE_YAML);
    script("course", "echo \"$@\" >> '" + root.resolve("launcher-calls") + "'");
  }

  FakeCheckout demo(String markdown) throws IOException {
    Files.writeString(module.resolve("demo.md"), markdown);
    return this;
  }

  void script(String name, String body) throws IOException {
    executable(name, "#!/usr/bin/env bash\n" + body + "\n");
  }

  /** A tool of the machine under a name of the checkout. */
  void tool(String name, Path original) throws IOException {
    executable(name, "#!/bin/sh\nexec '" + original + "' \"$@\"\n");
  }

  private void executable(String name, String text) throws IOException {
    Path file = root.resolve(name).normalize();
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make executable: " + file);
    }
  }

  Result course(String... args) {
    return course(false, "", args);
  }

  Result course(boolean interactive, String typed, String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal = new Terminal(new StringReader(typed), printer(out), printer(err), interactive);
    int exitCode = Main.run(new Repository(root), terminal, args);
    return new Result(exitCode, text(out), text(err));
  }

  private static PrintStream printer(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
