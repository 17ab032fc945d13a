package systems.course.compare;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which member of the student's code is which of the reference's.
 *
 * <pre>
 *   types    1 the same full name                2 the same name in another package or outer type
 *            3 the most alike of what is left, by content and by the names of members
 *   members  1 the same signature                2 the same name, the most alike first
 *            3 another name, a body much alike   4 the same in another type: moved
 * </pre>
 *
 * <p>Each step takes only what the ones before have left, so an exact match never loses to a
 * likeness. Between types the renaming found so far already counts: a parameter of the renamed type
 * is the same parameter. Comparing files line by line was the alternative; there a method that
 * moved is one large deletion and one large insertion.
 *
 * <p>Likeness is looked at for each pair of what is left; {@link #LEFT_MAX} bounds that.
 */
final class Matching {
  /** A type is found again when this much of its content or of its members' names is there. */
  private static final double TYPE_ALIKE_MIN = 0.5;

  /** Under another name: short methods are alike by chance. */
  private static final double RENAMED_ALIKE_MIN = 0.6;

  private static final double MOVED_ALIKE_MIN = 0.5;
  private static final double MOVED_AND_RENAMED_ALIKE_MIN = 0.75;
  private static final int TELLING_TOKENS_MIN = 20;
  private static final int LEFT_MAX = 600;

  /** A member and its counterpart; one of them may be missing. */
  record Pair(@Nullable Member reference, @Nullable Member student) {}

  /** By identity, all of them: two members of the same text are two members. */
  private final IdentityHashMap<Type, Type> types = new IdentityHashMap<>();

  private final IdentityHashMap<Member, Member> members = new IdentityHashMap<>();
  private final IdentityHashMap<Member, Member> taken = new IdentityHashMap<>();
  private final IdentityHashMap<Member, int[]> pairs = new IdentityHashMap<>();
  private final Program reference;
  private final Program student;

  private Matching(Program reference, Program student) {
    this.reference = reference;
    this.student = student;
  }

  static Matching of(Program reference, Program student) {
    var matching = new Matching(reference, student);
    matching.matchTypes();
    matching.types.forEach(matching::matchMembers);
    matching.matchMoved();
    return matching;
  }

  /** All members of the reference in its order, then what only the student has, in his. */
  List<Pair> members() {
    List<Pair> all = new ArrayList<>();
    for (Member member : reference.members()) {
      all.add(new Pair(member, members.get(member)));
    }
    for (Member member : student.members()) {
      if (!taken.containsKey(member)) {
        all.add(new Pair(null, member));
      }
    }
    return all;
  }

  /** The student's names of types and members, and what the reference calls the same. */
  Map<String, String> names() {
    Map<String, Set<String>> meanings = new HashMap<>();
    types.forEach((ours, theirs) -> note(meanings, theirs.simpleName(), ours.simpleName()));
    members.forEach((ours, theirs) -> note(meanings, theirs.name(), ours.name()));
    Map<String, String> names = new HashMap<>();
    meanings.forEach((theirs, ours) -> {
      String name = ours.iterator().next();
      if (ours.size() == 1 && !name.equals(theirs) && !meanings.containsKey(name)) {
        names.put(theirs, name);
      }
    });
    return names;
  }

  private static void note(Map<String, Set<String>> meanings, String theirs, String ours) {
    meanings.computeIfAbsent(theirs, _ -> new LinkedHashSet<>()).add(ours);
  }

  private void matchTypes() {
    matchTypesBy(Type::qualifiedName);
    matchTypesBy(Type::name);
    matchTypesBy(Type::simpleName);
    List<Type> ours = left(reference.types(), types.keySet());
    List<Type> theirs = left(student.types(), types.values());
    IdentityHashMap<Type, int[]> content = new IdentityHashMap<>();
    for (Type type : joined(ours, theirs)) {
      content.put(type, Likeness.pairs(type.headerAndMembers().map(Member::code)));
    }
    mostAlike(ours, theirs, (a, b) -> likeness(a, b, content), (_, _) -> TYPE_ALIKE_MIN)
        .forEach(types::put);
  }

  private static double likeness(Type a, Type b, IdentityHashMap<Type, int[]> content) {
    double inContent =
        Likeness.of(
            content.getOrDefault(a, Likeness.NOTHING), content.getOrDefault(b, Likeness.NOTHING));
    return Math.max(inContent, Likeness.ofNames(memberNames(a), memberNames(b)));
  }

  private static Set<String> memberNames(Type type) {
    return type.members().stream()
        .filter(member -> member.kind() != Member.Kind.CONSTRUCTOR)
        .map(Member::name)
        .collect(Collectors.toSet());
  }

  /** Pairs types of the same name, where the name is theirs alone on both sides. */
  private void matchTypesBy(Function<Type, String> name) {
    Map<String, List<Type>> theirs =
        left(student.types(), types.values()).stream().collect(Collectors.groupingBy(name));
    Map<String, List<Type>> ours =
        left(reference.types(), types.keySet()).stream()
            .collect(Collectors.groupingBy(name, LinkedHashMap::new, Collectors.toList()));
    ours.forEach((key, candidates) -> {
      List<Type> same = theirs.getOrDefault(key, List.of());
      if (candidates.size() == 1 && same.size() == 1) {
        types.put(candidates.getFirst(), same.getFirst());
      }
    });
  }

  private void matchMembers(Type ours, Type theirs) {
    put(ours.header(), theirs.header());
    matchSignatures(ours, theirs);
    matchWithin(ours, theirs, Matching::sameName, (_, _) -> 0);
    matchWithin(
        ours,
        theirs,
        (a, b) -> a.isExecutable() && a.kind() == b.kind() && isTelling(a, b),
        (_, _) -> RENAMED_ALIKE_MIN);
    matchRenamedFields(ours, theirs);
  }

  /** Fields that are the same but for the name, where only one on each side comes into question. */
  private void matchRenamedFields(Type ours, Type theirs) {
    var candidates =
        left(theirs.members(), taken.keySet()).stream()
            .collect(Collectors.groupingBy(Matching::withoutName));
    left(ours.members(), members.keySet()).stream()
        .filter(member -> !member.isExecutable())
        .collect(Collectors.groupingBy(Matching::withoutName))
        .forEach((rest, same) -> {
          List<Member> other = candidates.getOrDefault(rest, List.of());
          if (same.size() == 1 && other.size() == 1) {
            put(same.getFirst(), other.getFirst());
          }
        });
  }

  private Map<String, String> typeNames() {
    Map<String, String> names = new HashMap<>();
    types.forEach((ours, theirs) -> names.put(theirs.simpleName(), ours.simpleName()));
    return names;
  }

  private void matchWithin(
      Type ours,
      Type theirs,
      BiPredicate<Member, Member> candidates,
      ToDoubleBiFunction<Member, Member> alikeMin) {
    mostAlike(
            left(ours.members(), members.keySet()),
            left(theirs.members(), taken.keySet()),
            (a, b) -> candidates.test(a, b) ? likeness(a, b) : -1,
            alikeMin)
        .forEach(this::put);
  }

  /** Pairs members of one signature, where it is theirs alone on both sides. */
  private void matchSignatures(Type ours, Type theirs) {
    Map<String, String> typeNames = typeNames();
    var candidates =
        theirs.members().stream()
            .collect(Collectors.groupingBy(member -> signature(member, typeNames)));
    ours.members().stream()
        .collect(Collectors.groupingBy(member -> signature(member, Map.of())))
        .forEach((signature, same) -> {
          List<Member> other = candidates.getOrDefault(signature, List.of());
          if (same.size() == 1 && other.size() == 1) {
            put(same.getFirst(), other.getFirst());
          }
        });
  }

  private static String signature(Member member, Map<String, String> typeNames) {
    String name = member.kind() == Member.Kind.CONSTRUCTOR ? "" : member.name();
    return member.kind() + " " + name + renamed(member.parameters(), typeNames);
  }

  private static List<String> renamed(List<String> parameters, Map<String, String> typeNames) {
    return parameters.stream()
        .map(parameter ->
            Token.of(parameter).stream()
                .map(token -> typeNames.getOrDefault(token.text(), token.text()))
                .collect(Collectors.joining(" ")))
        .toList();
  }

  private static boolean sameName(Member a, Member b) {
    boolean constructors = a.kind() == Member.Kind.CONSTRUCTOR;
    return a.kind() == b.kind() && (constructors || a.name().equals(b.name()));
  }

  private void matchMoved() {
    mostAlike(
            left(reference.members(), members.keySet()),
            left(student.members(), taken.keySet()),
            (a, b) ->
                a.kind() == Member.Kind.METHOD && b.kind() == a.kind() && isTelling(a, b)
                    ? likeness(a, b)
                    : -1,
            (a, b) -> a.name().equals(b.name()) ? MOVED_ALIKE_MIN : MOVED_AND_RENAMED_ALIKE_MIN)
        .forEach(this::put);
  }

  /** Whether both are long enough for their likeness to say something, and no stub. */
  private static boolean isTelling(Member a, Member b) {
    return isTelling(a) && isTelling(b);
  }

  private static boolean isTelling(Member member) {
    return member.code().size() >= TELLING_TOKENS_MIN
        && member.code().stream().noneMatch(t -> t.text().equals("UnsupportedOperationException"));
  }

  private double likeness(Member a, Member b) {
    return Likeness.of(pairs(a), pairs(b));
  }

  private static String withoutName(Member member) {
    return member.kind()
        + member.code().stream()
            .map(Token::text)
            .filter(text -> !text.equals(member.name()))
            .collect(Collectors.joining(" "));
  }

  private int[] pairs(Member member) {
    return pairs.computeIfAbsent(member, m -> Likeness.pairs(m.code()));
  }

  private void put(Member ours, Member theirs) {
    members.put(ours, theirs);
    Member earlier = taken.put(theirs, ours);
    assert earlier == null : theirs;
  }

  private record Candidate<T>(T ours, T theirs, double alike) {}

  /** Pairs the most alike first; each is paired once, and none below its minimum. */
  private static <T> IdentityHashMap<T, T> mostAlike(
      List<T> ours,
      List<T> theirs,
      ToDoubleBiFunction<T, T> likeness,
      ToDoubleBiFunction<T, T> alikeMin) {
    List<Candidate<T>> candidates = new ArrayList<>();
    for (T a : ours.subList(0, Math.min(LEFT_MAX, ours.size()))) {
      for (T b : theirs.subList(0, Math.min(LEFT_MAX, theirs.size()))) {
        double alike = likeness.applyAsDouble(a, b);
        if (alike >= 0 && alike >= alikeMin.applyAsDouble(a, b)) {
          candidates.add(new Candidate<>(a, b, alike));
        }
      }
    }
    candidates.sort(Comparator.comparingDouble((Candidate<T> c) -> c.alike).reversed());
    IdentityHashMap<T, T> result = new IdentityHashMap<>();
    Set<T> used = identitySet(List.of());
    for (Candidate<T> candidate : candidates) {
      if (!result.containsKey(candidate.ours) && used.add(candidate.theirs)) {
        result.put(candidate.ours, candidate.theirs);
      }
    }
    return result;
  }

  private static <T> List<T> left(List<T> all, Collection<T> used) {
    Set<T> gone = identitySet(used);
    return all.stream().filter(each -> !gone.contains(each)).toList();
  }

  private static <T> Set<T> identitySet(Collection<T> elements) {
    Set<T> set = Collections.newSetFromMap(new IdentityHashMap<>());
    set.addAll(elements);
    return set;
  }

  private static <T> List<T> joined(List<T> a, List<T> b) {
    List<T> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }
}
