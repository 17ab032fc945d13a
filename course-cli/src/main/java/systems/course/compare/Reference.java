package systems.course.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import systems.course.cut.MarkedSource;
import systems.course.cut.ModuleSources;
import systems.course.cut.Region;

/**
 * The reference as it reads, and which phase each of its members belongs to.
 *
 * <p>A member belongs to the body region that it contains; one without a body to the {@code only}
 * region around it; the rest is given: students have it from the beginning. Regions count lines in
 * the marked source and members in the reading, which lacks just the lines of the markers.
 */
public final class Reference {
  private static final String SOURCES = "src/main/java/";

  /** A region in lines of the reading. */
  private record Span(int firstLine, int lastLine, Region region) {
    int overlap(Member member) {
      return Math.min(lastLine, member.lastLine()) - Math.max(firstLine, member.firstLine()) + 1;
    }
  }

  private final List<MarkedSource> sources = new ArrayList<>();
  private final List<String> paths = new ArrayList<>();
  private final Map<String, List<Span>> spans = new HashMap<>();
  private final Program reading;

  public Reference(ModuleSources module) {
    for (MarkedSource source : module.main()) {
      String path = module.relative(source).toString().replace('\\', '/');
      if (path.startsWith(SOURCES) && path.endsWith(".java")) {
        add(path.substring(SOURCES.length()), source);
      }
    }
    reading = variant(MarkedSource::reading);
  }

  /** One file alone, for tests. */
  Reference(Map<String, String> markedTexts) {
    markedTexts.forEach((path, text) -> add(path, MarkedSource.parse(Path.of(path), text)));
    reading = variant(MarkedSource::reading);
  }

  private void add(String path, MarkedSource source) {
    sources.add(source);
    paths.add(path);
    spans.put(path, spans(source));
  }

  private Program variant(Function<MarkedSource, String> cut) {
    List<SourceText> texts = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      texts.add(new SourceText(paths.get(i), cut.apply(sources.get(i))));
    }
    return Program.of(texts);
  }

  Program reading() {
    return reading;
  }

  /** What a student of that phase began with. */
  Program starter(int phase) {
    return variant(source -> source.starter(phase));
  }

  /** The region that makes a member a part of a phase; empty for what is given. */
  Optional<Region> region(Member member) {
    List<Span> around =
        spans.getOrDefault(member.file(), List.of()).stream()
            .filter(span -> span.overlap(member) > 0)
            .toList();
    return best(around, member, Region.Kind.BODY).or(() -> best(around, member, Region.Kind.ONLY));
  }

  private static Optional<Region> best(List<Span> around, Member member, Region.Kind kind) {
    return around.stream()
        .filter(span -> span.region.kind() == kind)
        .max(
            Comparator.<Span>comparingInt(span -> span.overlap(member))
                .thenComparingInt(span -> span.region.phase()))
        .map(Span::region);
  }

  /** The members that a student writes in a phase, in the order of the files. */
  List<Member> bodies(int phase) {
    List<Member> bodies = new ArrayList<>();
    for (Member member : reading.members()) {
      @Nullable Region region = region(member).orElse(null);
      if (region != null
          && region.phase() == phase
          && region.kind() == Region.Kind.BODY
          && member.kind() != Member.Kind.HEADER) {
        bodies.add(member);
      }
    }
    return bodies;
  }

  private static List<Span> spans(MarkedSource source) {
    Set<Integer> markers = new HashSet<>();
    for (Region region : source.regions()) {
      markers.add(region.firstLine());
      markers.add(region.lastLine());
    }
    int[] readingLines = new int[source.lines().size() + 2];
    for (int line = 1; line <= source.lines().size(); line++) {
      readingLines[line] = readingLines[line - 1] + (markers.contains(line) ? 0 : 1);
    }
    return source.regions().stream()
        .map(region ->
            new Span(readingLines[region.firstLine()] + 1, readingLines[region.lastLine()], region))
        .toList();
  }
}
