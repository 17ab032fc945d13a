package systems.benchmarks.contest;

import java.util.List;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Subject;

/**
 * What is done, by whom, and what is to be reached against each rival.
 *
 * @param title on the command line and, with the rival's behind it, in files
 * @param what in words
 */
public record Contest(String title, String what, Entrant ours, List<Rival> rivals) {
  public Contest {
    rivals = List.copyOf(rivals);
  }

  /** Somebody to be measured against; without goals for what is only shown. */
  public record Rival(Entrant entrant, List<Goal> goals) {
    public Rival {
      goals = List.copyOf(goals);
    }

    /** A rival and what is to be reached against it. */
    public static Rival of(Entrant entrant, Goal... goals) {
      return new Rival(entrant, List.of(goals));
    }
  }

  /** Ours against each of the rivals. */
  public List<Duel> duels() {
    return rivals.stream().map(rival -> new Duel(this, rival)).toList();
  }

  /** One line of the results. */
  public record Duel(Contest contest, Rival against) implements Subject {
    @Override
    public String title() {
      return contest.title + "-" + rival();
    }

    @Override
    public String what() {
      return contest.what + ", against " + rival();
    }

    @Override
    public String rival() {
      return against.entrant.title();
    }

    @Override
    public List<Goal> goals() {
      return against.goals;
    }
  }
}
