package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import systems.benchmarks.ChildJvm;
import systems.benchmarks.Json;

/**
 * The process in which one system runs: {@code Worker system directory scale keys entries
 * workload...}. A full run starts one for each workload; a smoke run gives it a whole list, because
 * starting JVMs is what takes the time there.
 */
final class Worker {
  private static final int FIXED_ARGUMENTS = 5;

  private Worker() {}

  /** Runs the workloads and prints a line for each. */
  public static void main(String[] arguments) throws IOException {
    var contestant = Contestant.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    contestant.load();
    var trial =
        new Trial(
            contestant, Path.of(arguments[1]), Scale.of(arguments[2], arguments[3], arguments[4]));
    for (String title : List.of(arguments).subList(FIXED_ARGUMENTS, arguments.length)) {
      Measurement measurement = trial.run(Workload.of(title));
      System.out.println(ChildJvm.RESULT + Json.line(measurement.toJson()));
      System.out.flush();
    }
  }

  /** A system, a place and a size. */
  record Trial(Contestant contestant, Path directory, Scale scale) {

    /** The same elsewhere. */
    Trial in(Path elsewhere) {
      return new Trial(contestant, elsewhere, scale);
    }

    Engine open(Workload workload) throws IOException {
      return contestant.open(directory, scale.memtableBytesOf(workload));
    }

    Measurement run(Workload workload) throws IOException {
      return switch (workload) {
        case FILLSEQ, FILLRANDOM, FILLRANDOM_1K -> new FillRuns(this, workload).fill();
        case OVERWRITE -> new FillRuns(this, workload).overwrite();
        case OVERWRITE_PACED -> new FillRuns(this, workload).overwritePaced();
        case FILLSYNC_1 -> new MixedRuns(this, workload).fillSync(1);
        case FILLSYNC_8 -> new MixedRuns(this, workload).fillSync(8);
        case READWHILEWRITING -> new MixedRuns(this, workload).readWhileWriting();
        case READRANDOM, READRANDOM_1K -> new ReadRuns(this, workload).readRandom();
        case READMISSING -> new ReadRuns(this, workload).readMissing();
        case READSEQ, READSEQ_1K -> new ReadRuns(this, workload).readSeq();
        case READREVERSE -> new ReadRuns(this, workload).readReverse();
        case SEEKRANDOM -> new ReadRuns(this, workload).seekRandom();
        case ALLOCATION -> new ReadRuns(this, workload).allocation();
        case SPACE, SPACE_1K -> new OpenRuns(this, workload).space();
        case REOPEN, REOPEN_KILLED -> new OpenRuns(this, workload).reopen();
        case LOG_64MB -> new OpenRuns(this, workload).fillLogAndWait();
      };
    }
  }
}
