package systems.course.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A checkout with a site that is built by programs that only pretend: a node that says its version,
 * an npm that notes how it was called and leaves one page.
 */
public final class FakeNode {
  private final Path root;
  private final Path bin;

  /** A folder for programs, and {@code docs/} with a lock. */
  public FakeNode(Path root) throws IOException {
    this.root = root;
    bin = Files.createDirectories(root.resolve("bin"));
    lock("one");
    node("v20.11.1");
    npm("");
  }

  /** What {@code PATH} is for a process that shall find these and nothing of the machine's. */
  public String path() {
    return bin.toString();
  }

  public Path dist() {
    return root.resolve("docs/.vitepress/dist");
  }

  /** The arguments that npm was given, a line a call. */
  public List<String> calls() throws IOException {
    Path calls = root.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  void lock(String content) throws IOException {
    Path docs = Files.createDirectories(root.resolve("docs"));
    Files.writeString(docs.resolve("package-lock.json"), content);
  }

  void node(String version) throws IOException {
    program("node", "echo " + version);
  }

  /** An npm that does this besides. */
  void npm(String body) throws IOException {
    Files.createDirectories(dist());
    Files.writeString(root.resolve("page"), "the first page");
    program(
        "npm",
        """
        echo "$@" >> '%s/calls'
        %s
        case "$1" in
          ci) echo npm http fetch GET 200 a-package ;;
          run) echo collected 1 page; read -r page < '%s/page'; echo "$page" > '%s/index.html' ;;
        esac
        """
            .formatted(root, body, root, dist()));
  }

  /** An npm that fails at one of its commands, with these words. */
  public void fail(String command, String words) throws IOException {
    npm("[ \"$1\" = %s ] && { echo %s; exit 1; }".formatted(command, words));
  }

  void remove(String name) throws IOException {
    Files.delete(bin.resolve(name));
  }

  private void program(String name, String body) throws IOException {
    Path file = bin.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make executable: " + file);
    }
  }
}
