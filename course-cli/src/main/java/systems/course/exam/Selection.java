package systems.course.exam;

import java.util.List;
import java.util.Set;

/** Which test methods to run. */
public sealed interface Selection {
  /**
   * By tags.
   *
   * @param include at least one of these; empty: any
   * @param required all of these
   * @param exclude none of these
   */
  record Tagged(Set<String> include, Set<String> required, Set<String> exclude)
      implements Selection {
    public Tagged(Set<String> include, Set<String> exclude) {
      this(include, Set.of(), exclude);
    }

    public Tagged {
      include = Set.copyOf(include);
      required = Set.copyOf(required);
      exclude = Set.copyOf(exclude);
    }
  }

  /** By name, {@code Class#method} with the class's binary name. */
  record Methods(List<String> names) implements Selection {
    public Methods {
      names = List.copyOf(names);
    }
  }

  static Selection all() {
    return new Tagged(Set.of(), Set.of());
  }

  static Selection tagged(String... include) {
    return new Tagged(Set.of(include), Set.of());
  }

  static Selection methods(String... names) {
    return new Methods(List.of(names));
  }
}
