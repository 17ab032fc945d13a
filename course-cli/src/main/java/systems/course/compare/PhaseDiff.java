package systems.course.compare;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import systems.course.compare.Item.Standing;

/** All members of one phase, on both sides. */
record PhaseDiff(int number, String title, List<Item> items) {
  /** In place of a phase: in the starter from the beginning. */
  static final int GIVEN = Integer.MAX_VALUE - 1;

  /** In place of a phase: no member of the reference has to do with it. */
  static final int YOURS = Integer.MAX_VALUE;

  /** Lines with code, methods and constructors, branches. */
  record Size(int lines, int methods, int branches) {
    private static Size of(Collection<Member> members) {
      return new Size(
          members.stream().mapToInt(Member::lines).sum(),
          (int) members.stream().filter(Member::isExecutable).count(),
          members.stream().mapToInt(Member::branches).sum());
    }
  }

  /** A line of a public interface that only one side has. */
  record ApiLine(String type, String line, boolean inReference) {}

  String name() {
    return switch (number) {
      case GIVEN -> "given";
      case YOURS -> "yours";
      default -> "phase " + number;
    };
  }

  int count(Standing standing) {
    return items(standing).size();
  }

  List<Item> items(Standing standing) {
    return items.stream().filter(item -> item.standing() == standing).toList();
  }

  boolean isBegun() {
    return items.stream().anyMatch(item -> item.standing() != Standing.OPEN);
  }

  /** Of what has been written or could have been; open bodies do not count. */
  Size referenceSize() {
    return Size.of(written().map(Item::reference).filter(Objects::nonNull).toList());
  }

  Size studentSize() {
    return Size.of(written().map(Item::student).filter(Objects::nonNull).toList());
  }

  private Stream<Item> written() {
    return items.stream().filter(item -> item.standing() != Standing.OPEN);
  }

  /** What callers from other packages would notice. */
  List<ApiLine> apiDifferences() {
    List<ApiLine> lines = new ArrayList<>();
    for (Item item : written().toList()) {
      String ours = item.reference() == null ? "" : item.reference().api();
      String theirs = item.student() == null ? "" : item.student().api();
      if (!ours.equals(theirs)) {
        String type = item.member().type();
        Stream.of(new ApiLine(type, ours, true), new ApiLine(type, theirs, false))
            .filter(line -> !line.line.isEmpty())
            .forEach(lines::add);
      }
    }
    return lines;
  }
}
