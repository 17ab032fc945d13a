package systems.benchmarks.figure;

import java.util.List;

/** What is measured against one rival: a workload, an operation, a file. */
public interface Subject {
  /** Its name on the command line and in files. */
  String title();

  /** What is done, in words. */
  String what();

  /** The rival's name in files. */
  String rival();

  /** What is to be reached; none for what is only shown. */
  List<Goal> goals();
}
