package systems.course.cut;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;

/** The cutter on every module of this checkout. */
class StandingModulesTest {
  private static final Repository REPOSITORY = new Repository(Path.of(".."));

  static Stream<CourseFile> modules() {
    return REPOSITORY.standing().stream();
  }

  private static ModuleSources sources(CourseFile module) {
    return ModuleSources.of(REPOSITORY.folder(module), module.phases().size());
  }

  @ParameterizedTest
  @MethodSource("modules")
  void readingIsTheReferenceWithoutItsMarkers(CourseFile module) {
    for (MarkedSource source : sources(module).main()) {
      List<String> unmarked =
          source.lines().stream()
              .filter(line -> !line.strip().startsWith("//>"))
              .filter(line -> !line.strip().startsWith("//<"))
              .map(line -> line.replaceFirst(" *//~ .*", ""))
              .toList();
      assertThat(source.reading().lines().toList()).isEqualTo(unmarked);
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void startersHaveNoMarkersAndFitIntoTheColumns(CourseFile module) {
    for (MarkedSource source : sources(module).main()) {
      for (int phase = 1; phase <= module.phases().size(); phase++) {
        assertThat(source.starter(phase)).doesNotContain("//>", "//<", "//~");
        assertThat(source.starter(phase).lines())
            .allMatch(line -> line.length() <= 100 || source.lines().contains(line));
      }
      assertThat(source.starter(module.phases().size() + 1)).isEqualTo(source.reading());
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void everyPhaseLeavesSomethingToWrite(CourseFile module) {
    List<Region> regions =
        sources(module).main().stream().flatMap(source -> source.regions().stream()).toList();
    for (CourseFile.Phase phase : module.phases()) {
      assertThat(regions)
          .anyMatch(r -> r.phase() == phase.number() && r.kind() == Region.Kind.BODY);
    }
  }
}
