package systems.course.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import systems.course.exam.Verdict;

/**
 * How long each test took on the reference, kept from one audit to the next: {@link BugHunt} asks
 * the quick ones first.
 *
 * <pre>
 *   37 4 systems.kvstore.lsm.VersionTest#aMovedFileIsInItsNewLevelOnly     millis, phase, test
 * </pre>
 */
record Timings(List<Entry> entries) {
  record Entry(long millis, int phase, String test) {}

  private static final int FIELDS = 3;

  static Timings of(Collection<Verdict> reference) {
    return new Timings(
        reference.stream()
            .filter(Verdict::passed)
            .map(verdict -> {
              OptionalInt phase = StarterChecks.phase(verdict.tags());
              return new Entry(verdict.millis(), phase.orElse(0), verdict.name());
            })
            .toList());
  }

  /** What was kept; nothing if there is no such file. */
  static Timings read(Path file) {
    if (!Files.isRegularFile(file)) {
      return new Timings(List.of());
    }
    try {
      return new Timings(
          Files.readAllLines(file).stream()
              .map(line -> line.split(" ", FIELDS))
              .filter(fields -> fields.length == FIELDS)
              .map(fields ->
                  new Entry(Long.parseLong(fields[0]), Integer.parseInt(fields[1]), fields[2]))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  void write(Path file) {
    List<String> lines =
        entries.stream()
            .map(entry -> entry.millis + " " + entry.phase + " " + entry.test)
            .sorted()
            .toList();
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  List<String> quick(int phase, long millisMax) {
    return entries.stream()
        .filter(entry -> entry.phase == phase && entry.millis <= millisMax)
        .map(Entry::test)
        .toList();
  }
}
