package systems.course.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import systems.course.catalogue.CourseFile;
import systems.course.cut.Bug;
import systems.course.cut.MarkedSource;
import systems.course.cut.ModuleSources;
import systems.course.cut.Region;

/**
 * What the marked sources say without being run. That they can be read at all ({@link
 * ModuleSources#of} refuses what is malformed) is the first of these checks.
 */
final class MarkerChecks {
  static final int BUGS_PER_PHASE_MIN = 3;

  /** So that the reference is pleasant to read with its markers. */
  static final double MARKER_SHARE_MAX = 0.05;

  private MarkerChecks() {}

  static List<Fault> of(CourseFile module, ModuleSources sources) {
    List<Fault> faults = new ArrayList<>();
    double share = share(sources);
    if (share > MARKER_SHARE_MAX) {
      String sentence =
          "%.1f %% of the lines carry markers, at most %.0f %%"
              .formatted(100 * share, 100 * MARKER_SHARE_MAX);
      faults.add(new Fault(Check.MARKERS, module.folder(), sentence));
    }
    for (CourseFile.Phase phase : module.phases()) {
      checkBodies(module, phase.number(), sources, faults);
      checkBugs(module, phase.number(), sources, faults);
    }
    return faults;
  }

  /** Which part of the lines carries a marker. */
  static double share(ModuleSources sources) {
    long lines = 0;
    long marked = 0;
    for (MarkedSource source : sources.main()) {
      lines += source.lines().size();
      marked += 2L * source.regions().size() + source.bugs().size();
    }
    return lines == 0 ? 0 : (double) marked / lines;
  }

  private static void checkBodies(
      CourseFile module, int phase, ModuleSources sources, List<Fault> faults) {
    boolean written =
        sources.main().stream()
            .flatMap(source -> source.regions().stream())
            .anyMatch(region -> region.phase() == phase && region.kind() == Region.Kind.BODY);
    if (!written) {
      String sentence = "no body is marked for it, so a student would have nothing to write";
      faults.add(new Fault(Check.PHASES, offender(module, phase), sentence));
    }
  }

  private static void checkBugs(
      CourseFile module, int phase, ModuleSources sources, List<Fault> faults) {
    long count = sources.bugs().stream().filter(bug -> bug.phase() == phase).count();
    if (count < BUGS_PER_PHASE_MIN) {
      String sentence = "%d named bugs, at least %d".formatted(count, BUGS_PER_PHASE_MIN);
      faults.add(new Fault(Check.BUGS, offender(module, phase), sentence));
    }
  }

  static String offender(CourseFile module, int phase) {
    return module.folder() + " phase " + phase;
  }

  /** Bugs by phase, as the sources name them. */
  static Map<Integer, List<Bug>> byPhase(ModuleSources sources) {
    return sources.bugs().stream()
        .collect(Collectors.groupingBy(Bug::phase, TreeMap::new, Collectors.toList()));
  }

  /** Whether a sheet has exactly the bugs of the sources, each as it stands there. */
  static List<Fault> sheet(ModuleSources sources, BugSheet sheet) {
    List<Fault> faults = new ArrayList<>();
    for (Bug bug : sources.bugs()) {
      String section = sheet.section(bug.name()).orElse("");
      if (!section.startsWith(BugSheet.head(bug).strip())) {
        String sentence = Difference.first(section, BugSheet.head(bug));
        faults.add(new Fault(Check.BUGS, bug.name(), sentence));
      }
    }
    for (String name : sheet.names()) {
      if (sources.bug(name).isEmpty()) {
        String sentence = "stands in bugs.md and no source marks it; --write drops it";
        faults.add(new Fault(Check.BUGS, name, sentence));
      }
    }
    return faults;
  }
}
