package systems.course.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import systems.course.catalogue.CourseFile;
import systems.course.compare.Item.Standing;
import systems.course.compare.Matching.Pair;
import systems.course.compare.Passages.Passage;
import systems.course.compare.Passages.Wanted;
import systems.course.cut.Region;

/**
 * A student's code beside the reference's, phase by phase.
 *
 * <p>A pair of members belongs to the phase of the reference's region. A member that only the
 * student has belongs to the earliest phase one of whose members mentions it, directly or through
 * another such member; else it is the student's own.
 *
 * <p>Nothing is shown that a student has still to find out: a body that is still the starter's is
 * open and no difference, and of a phase in which nothing has been written yet, the helpers that
 * the reference has are not listed as missing.
 *
 * @param phases those of the course in order, then what was given, then what is only the student's
 * @param complaints a sentence for each file that could not be read whole
 */
public record Comparison(List<PhaseDiff> phases, List<String> complaints) {
  /** How far a helper may be from the member of the reference that it helps, in calls. */
  private static final int CALLS_MAX = 10;

  /**
   * What is compared.
   *
   * @param startPhase the phase that the student began with
   * @param unread a sentence for each of the student's files that could not be read
   */
  public record Input(
      CourseFile module,
      Reference reference,
      Optional<Passages> commentary,
      int startPhase,
      List<SourceText> student,
      List<String> unread) {}

  public static Comparison of(Input input) {
    Program student = Program.of(input.student);
    var work = new Work(input, Matching.of(input.reference.reading(), student));
    List<String> complaints = new ArrayList<>(input.unread);
    complaints.addAll(student.complaints());
    return new Comparison(work.phases(), complaints);
  }

  /** The same with one phase alone. */
  public Comparison only(int phase) {
    return new Comparison(phases.stream().filter(p -> p.number() == phase).toList(), complaints);
  }

  private static final class Work {
    private final Input input;
    private final Map<String, String> names;
    private final List<Pair> pairs;
    private final Map<String, Member> starter;
    private final Map<String, Long> owners;
    private final IdentityHashMap<Member, Integer> phaseOfMention = new IdentityHashMap<>();
    private final IdentityHashMap<Member, String> starterKeys = new IdentityHashMap<>();

    Work(Input input, Matching matching) {
      this.input = input;
      names = matching.names();
      pairs = matching.members();
      starter = input.reference.starter(input.startPhase).bySignature();
      owners =
          input.reference.reading().members().stream()
              .collect(Collectors.groupingBy(Member::name, Collectors.counting()));
      input.reference.reading().bySignature().forEach((key, m) -> starterKeys.put(m, key));
    }

    List<PhaseDiff> phases() {
      findMentions();
      Map<Integer, List<Item>> items = new TreeMap<>();
      for (Pair pair : pairs) {
        Item item = item(pair);
        items.computeIfAbsent(item.phase(), _ -> new ArrayList<>()).add(item);
      }
      List<PhaseDiff> phases = new ArrayList<>();
      items.forEach(
          (number, all) -> phases.add(new PhaseDiff(number, title(number), visible(number, all))));
      return phases;
    }

    private String title(int number) {
      return input.module.phases().stream()
          .filter(phase -> phase.number() == number)
          .map(CourseFile.Phase::title)
          .findFirst()
          .orElse("");
    }

    /** Of a phase that has not been begun, only what is open. */
    private static List<Item> visible(int number, List<Item> items) {
      boolean begun =
          number == PhaseDiff.GIVEN
              || items.stream().noneMatch(item -> item.standing() == Standing.OPEN)
              || items.stream().anyMatch(item -> item.student() != null && isWritten(item));
      return begun
          ? items
          : items.stream().filter(item -> item.standing() == Standing.OPEN).toList();
    }

    private static boolean isWritten(Item item) {
      return item.standing() == Standing.SAME || item.standing() == Standing.DIFFERS;
    }

    private Item item(Pair pair) {
      Member reference = pair.reference();
      Member student = pair.student();
      if (reference == null) {
        assert student != null;
        int phase = phaseOfMention.getOrDefault(student, PhaseDiff.YOURS);
        return new Item(phase, Standing.ADDED, null, student, null, List.of(), Optional.empty());
      }
      int phase = phase(reference);
      if (student == null) {
        return new Item(
            phase, Standing.MISSING, reference, null, null, List.of(), why(reference, phase));
      }
      var diff = MemberDiff.of(reference, student, names);
      Standing standing =
          diff.same()
              ? Standing.SAME
              : isOpen(reference, student) ? Standing.OPEN : Standing.DIFFERS;
      Optional<Passage> why =
          standing == Standing.DIFFERS ? why(reference, phase) : Optional.empty();
      return new Item(
          phase, standing, reference, student, diff, notes(reference, student, diff), why);
    }

    private int phase(Member reference) {
      return input.reference.region(reference).map(Region::phase).orElse(PhaseDiff.GIVEN);
    }

    private boolean isOpen(Member reference, Member student) {
      Member stub = starter.get(starterKeys.getOrDefault(reference, ""));
      return stub != null && Likeness.sameTokens(stub.code(), student.code());
    }

    private Optional<Passage> why(Member reference, int phase) {
      return input.commentary.flatMap(
          text -> text.of(Wanted.of(reference, phase, name -> owners.getOrDefault(name, 0L) == 1)));
    }

    private List<String> notes(Member reference, Member student, MemberDiff diff) {
      List<String> notes = new ArrayList<>();
      boolean header = reference.kind() == Member.Kind.HEADER;
      boolean elsewhere = !header && !reference.type().equals(renamed(student.type()));
      boolean sameName =
          header
              || reference.name().equals(student.name())
              || reference.kind() == Member.Kind.CONSTRUCTOR;
      if (elsewhere || !sameName || (header && !reference.type().equals(student.type()))) {
        notes.add("yours is " + student.title());
      } else if (!reference.parameters().equals(student.parameters()) && !diff.same()) {
        notes.add("yours takes (" + String.join(", ", student.parameters()) + ")");
      }
      if ((header || elsewhere) && !reference.file().equals(student.file())) {
        notes.add("yours is in " + student.file());
      }
      if (diff.otherNames()) {
        notes.add("its variables have other names");
      }
      return notes;
    }

    private String renamed(String type) {
      return Arrays.stream(type.split("\\."))
          .map(name -> names.getOrDefault(name, name))
          .collect(Collectors.joining("."));
    }

    /** Finds out for whom the members are there that only the student has. */
    private void findMentions() {
      IdentityHashMap<Member, Integer> known = new IdentityHashMap<>();
      for (Pair pair : pairs) {
        if (pair.reference() != null && pair.student() != null) {
          known.put(pair.student(), phase(pair.reference()));
        }
      }
      List<Member> added = new ArrayList<>();
      for (Pair pair : pairs) {
        if (pair.reference() == null && pair.student() != null) {
          added.add(pair.student());
        }
      }
      for (int calls = 0; calls < CALLS_MAX && !known.isEmpty(); calls++) {
        known = mentioned(added, known);
        added.removeAll(known.keySet());
        phaseOfMention.putAll(known);
      }
    }

    /** Those of the added members that a known one mentions, with the earliest phase of these. */
    private static IdentityHashMap<Member, Integer> mentioned(
        List<Member> added, IdentityHashMap<Member, Integer> knownMembers) {
      Map<String, Integer> earliest = new HashMap<>();
      knownMembers.forEach((member, phase) ->
          member.code().stream()
              .filter(Token::isName)
              .forEach(token -> earliest.merge(token.text(), phase, Math::min)));
      IdentityHashMap<Member, Integer> found = new IdentityHashMap<>();
      for (Member member : added) {
        Integer phase = earliest.get(simpleName(member));
        if (phase != null) {
          found.put(member, phase);
        }
      }
      return found;
    }

    private static String simpleName(Member member) {
      return member.name().substring(member.name().lastIndexOf('.') + 1);
    }
  }
}
