package systems.kvstore.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A decision to merge some tables into one level, before anything is done about it.
 *
 * <pre>
 *   level n      [ input ][ input ]             the versions of these ...
 *   level n+1  [ input ][ input ][ input ]      ... and of these are merged, the newest of a key wins
 *              [ output ][ output ][ output ]   and replace the inputs of level n+1
 *   level n+2  [   grandparents . . .     ]     bound how far an output may stretch
 * </pre>
 *
 * <ol>
 *   <li>Inputs are closed: no file that stays in the start level or above it, and is older than an
 *       input, shares a user key with it; every file of the output level that lies within the range
 *       of the inputs is an input.
 *   <li>If it is bottommost, no file outside of the inputs holds an older version of any key in
 *       their range: a deletion that no snapshot needs can go, not only move down.
 *   <li>A trivial move rewrites nothing: the inputs are disjoint and fit into the output level as
 *       they are, so that an edit of the manifest does it.
 * </ol>
 *
 * @param startLevel the level that is relieved
 * @param outputLevel where the outputs go; level 0 only in universal compaction, as one file
 * @param inputs by level, the newest first
 * @param grandparents files below the output level in the inputs' range, ascending
 * @param outputBytesMax an output is ended when it has grown to this
 * @param reason in words, for the event log
 */
record Compaction(
    int startLevel,
    int outputLevel,
    List<Input> inputs,
    List<FileMetadata> grandparents,
    long outputBytesMax,
    boolean bottommost,
    String reason,
    boolean trivialMove) {
  /** So many full outputs may one output overlap below, or moving it down later costs too much. */
  static final int GRANDPARENTS_MAX = 10;

  /** The inputs of one level, in the level's order. */
  record Input(int level, List<FileMetadata> files) {
    Input {
      files = List.copyOf(files);
      assert !files.isEmpty() : "an input of level " + level + " without files";
    }
  }

  Compaction {
    inputs = List.copyOf(inputs);
    grandparents = List.copyOf(grandparents);
    assert !inputs.isEmpty() && startLevel <= outputLevel : reason;
    assert outputBytesMax > 0 && (outputLevel > 0 || outputBytesMax == Long.MAX_VALUE);
  }

  /** The same compaction with every entry read and written again, as garbage needs. */
  Compaction rewriting() {
    return new Compaction(
        startLevel, outputLevel, inputs, grandparents, outputBytesMax, bottommost, reason, false);
  }

  /** Grandparents that one output may overlap, in bytes; beyond it the output is ended. */
  long grandparentBytesMax() {
    return outputBytesMax > Long.MAX_VALUE / GRANDPARENTS_MAX
        ? Long.MAX_VALUE
        : outputBytesMax * GRANDPARENTS_MAX;
  }

  /** All inputs in one list. */
  List<FileMetadata> inputFiles() {
    var all = new ArrayList<FileMetadata>();
    inputs.forEach(input -> all.addAll(input.files()));
    return all;
  }

  /** Bytes of all inputs. */
  long inputBytes() {
    return bytes(inputFiles());
  }

  static long bytes(List<FileMetadata> files) {
    long bytes = 0;
    for (FileMetadata file : files) {
      bytes += file.fileBytes();
    }
    return bytes;
  }

  /** Whether no two of the files share a user key. */
  static boolean disjoint(List<FileMetadata> files) {
    var ascending = new ArrayList<>(files);
    ascending.sort(Comparator.comparing(FileMetadata::smallestUser, Arrays::compareUnsigned));
    for (int i = 1; i < ascending.size(); i++) {
      byte[] begin = ascending.get(i).smallestUser();
      if (!ascending.get(i - 1).endsBefore(begin, 0, begin.length)) {
        return false;
      }
    }
    return true;
  }

  /** Adds to an edit that the inputs leave their levels. */
  VersionEdit deleteInputs(VersionEdit edit) {
    for (Input input : inputs) {
      input.files().forEach(file -> edit.deleteFile(input.level(), file.number()));
    }
    return edit;
  }

  /** The edit of a trivial move. */
  VersionEdit moveInputs(VersionEdit edit) {
    assert trivialMove : this;
    deleteInputs(edit);
    inputFiles().forEach(file -> edit.addFile(outputLevel, file));
    return edit;
  }

  /** {@code 4+2 files, 1234 bytes, level 0 to 1, size}, for the event log. */
  @Override
  public String toString() {
    var text = new StringBuilder(trivialMove ? "move " : "merge ");
    for (Input input : inputs) {
      text.append(input.files().size()).append('@').append(input.level()).append(' ');
    }
    return text.append("to level ")
        .append(outputLevel)
        .append(", ")
        .append(inputBytes())
        .append(" bytes, ")
        .append(reason)
        .toString();
  }
}
