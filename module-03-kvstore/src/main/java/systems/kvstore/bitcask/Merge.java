package systems.kvstore.bitcask;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.bitcask.KeyDir.Location;
import systems.kvstore.format.ByteSink;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.FileSystem.WritableFile;

/**
 * Rewrites all sealed files without their garbage, while reads and writes go on.
 *
 * <pre>
 *   before      1.data  2.data  3.data                           7.data (active)
 *                 \       |       /
 *   copy           what the key directory still points at
 *                         |
 *   outputs             4.data  5.data   (ids kept free for them)
 *   after               4.data  5.data                           7.data (active)
 * </pre>
 *
 * <p>It takes all sealed files because then a tombstone can go: whatever it buries lies in an older
 * file, which is an input too. And it waits until half of the bytes are garbage: each byte copied
 * is then paid for by a byte that is freed, so that merging never doubles more than the writes. The
 * alternative, merging single files by their own garbage ratio, copies less at a time but must keep
 * every tombstone for which some older file might hold a record.
 *
 * <p>No list of files is kept on disk, so every state between two steps must read the same:
 *
 * <ol>
 *   <li>Ids order the log. The merge first seals the active file and begins a new one, leaving ids
 *       free between them; outputs take those. So outputs are newer than all inputs and older than
 *       every write that comes while the merge runs.
 *   <li>An output is written under another name, synced, renamed, and the directory synced. Only
 *       then does the key directory point into it. It holds records that were the newest of their
 *       key among the inputs: replayed after the inputs, it changes nothing.
 *   <li>A key that was written or removed during the copy keeps what it has: its entry moves only
 *       if it still points at the record that was copied.
 *   <li>Before an input goes the active file is synced: a record may be garbage only because of a
 *       write that is still in the page cache, and a power loss would take both.
 *   <li>Inputs go oldest first, with a directory sync after each. A tombstone lies in the file of
 *       what it buries or in a later one, so at no time is the grave gone and the body still there.
 * </ol>
 *
 * <p>A merge that fails before its inputs go has cost nothing: outputs that are in place stay, the
 * one in work is deleted. Runs on one thread, under the store's merge lock.
 */
final class Merge {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final BitcaskStore store;
  private final FileSystem fileSystem;
  private final Path directory;
  private final KeyDir keyDir;
  private final List<DataFile> inputs;
  private final int outputBytesMax;
  private final int lastOutputId;
  private int nextOutputId;
  private @Nullable Output output;

  /**
   * @param firstId smallest of the ids kept free for outputs
   * @param lastId largest of them
   */
  Merge(
      BitcaskStore store,
      FileSystem fileSystem,
      Path directory,
      KeyDir keyDir,
      List<DataFile> inputs,
      int outputBytesMax,
      int firstId,
      int lastId) {
    this.store = store;
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.keyDir = keyDir;
    this.inputs = inputs;
    this.outputBytesMax = outputBytesMax;
    this.nextOutputId = firstId;
    this.lastOutputId = lastId;
    assert inputs.isEmpty() || inputs.getLast().id() < firstId;
  }

  /**
   * Ids that the outputs of {@code bytes} live bytes may need: an output is finished when the next
   * record does not fit, so any two neighbours hold more than {@code outputBytesMax} together.
   */
  static int idsNeeded(long bytes, int outputBytesMax) {
    return Math.toIntExact(2 * (bytes / outputBytesMax) + 2);
  }

  /** Merges; ends early when the store is being closed or gets fenced. */
  void run() throws IOException {
    try {
      for (DataFile input : inputs) {
        copyLive(input);
      }
      finishOutput();
    } catch (Throwable e) {
      abandonOutput(e);
      throw e;
    }
    retireInputs();
  }

  private void copyLive(DataFile input) throws IOException {
    var scanner = new DataScanner(input.reader());
    DataScanner.Step step = scanner.next();
    for (; step == DataScanner.Step.RECORD; step = scanner.next()) {
      store.checkWritable();
      if (isLive(input, scanner)) {
        outputFor(scanner.length()).copy(input, scanner);
      }
    }
    if (step == DataScanner.Step.DAMAGE) {
      throw new KvException.Corruption(
          input.path(), scanner.position(), scanner.expected(), scanner.found());
    }
  }

  private boolean isLive(DataFile input, DataScanner scanner) {
    if (scanner.valueLength() < 0) {
      return false;
    }
    Location at = keyDir.find(scanner.array(), scanner.keyOffset(), scanner.keyLength());
    return at != null && at.isAt(input.id(), scanner.position());
  }

  private Output outputFor(int bytes) throws IOException {
    if (output != null && output.bytes > 0 && output.bytes + bytes > outputBytesMax) {
      finishOutput();
    }
    if (output == null) {
      assert nextOutputId <= lastOutputId : "more outputs than two per segment of input";
      output = new Output(nextOutputId++);
    }
    return output;
  }

  private void finishOutput() throws IOException {
    if (output != null) {
      DataFile file = output.publish();
      output.redirect(file);
      output = null;
    }
  }

  private void abandonOutput(Throwable cause) {
    if (output != null) {
      try {
        output.abandon();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private void retireInputs() throws IOException {
    //> phase 1: in which order do the old files go, and what must be durable before?
    store.sync(); //~ retiresTooSoon: store.checkWritable();
    for (DataFile input : inputs) { //~ newestFirst: for (DataFile input : inputs.reversed()) {
      assert input.liveBytes() == 0 : input.path() + " is still in use";
      store.retire(input);
    }
    //< phase 1
  }

  /** A data file in the making. */
  private final class Output {
    private final int id;
    private final Path unfinished;
    private final WritableFile writer;
    private final Hint.Draft draft = new Hint.Draft();
    private final ByteSink buffer = new ByteSink(4096);
    private long[] sources = new long[1024];
    private int records;
    private long bytes;

    Output(int id) throws IOException {
      this.id = id;
      this.unfinished = directory.resolve(DataFile.name(id) + ".tmp");
      this.writer = fileSystem.create(unfinished);
    }

    void copy(DataFile input, DataScanner scanner) throws IOException {
      if (records == sources.length) {
        sources = Arrays.copyOf(sources, 2 * records);
      }
      sources[records++] = (long) input.id() << 32 | scanner.position();
      draft.add(scanner.array(), scanner.offset(), bytes);
      buffer.putBytes(scanner.array(), scanner.offset(), scanner.length());
      bytes += scanner.length();
      if (buffer.size() >= BUFFER_BYTES) {
        flush();
      }
    }

    private void flush() throws IOException {
      writer.append(buffer.array(), 0, buffer.size());
      buffer.clear();
    }

    /** Puts the file in its place, for good, before anybody is sent there. */
    DataFile publish() throws IOException {
      flush();
      writer.sync();
      writer.close();
      DataFile file = enter();
      assert file.bytes() == bytes;
      store.install(file);
      return file;
    }

    private DataFile enter() throws IOException {
      try {
        fileSystem.rename(unfinished, directory.resolve(DataFile.name(id)));
        fileSystem.syncDirectory(directory);
        return DataFile.open(fileSystem, directory, id);
      } catch (IOException e) {
        // It may be there and nobody knows: a later merge would retire the tombstones of its keys.
        throw store.fence(e);
      }
    }

    /** Points the keys at their copies, except those that have moved on. */
    void redirect(DataFile file) throws IOException {
      Hint hint = draft.hint();
      for (int i = 0; hint.next(file.path()); i++) {
        int length = Record.bytes(hint.keyLength(), hint.valueLength());
        var source = new Location((int) (sources[i] >>> 32), (int) sources[i], length);
        var target = new Location(id, hint.position(), length);
        file.gained(length);
        DataFile loser =
            keyDir.move(hint.array(), hint.keyOffset(), hint.keyLength(), source, target)
                ? store.file(source.fileId())
                : file;
        loser.lost(length);
      }
      store.writeHint(draft, file);
    }

    void abandon() throws IOException {
      writer.close();
      fileSystem.delete(unfinished);
    }
  }
}
