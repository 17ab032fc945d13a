package systems.kvstore.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.RangeTombstones;
import systems.kvstore.table.TableReader;

/**
 * The open tables by number. A get looks here once per table that may hold its key, so the look-up
 * takes no lock and boxes no number: the numbers are a sorted array that is replaced, never
 * changed. Opening and closing are rare and exclude each other.
 *
 * <p>Tables stay open until their file is obsolete; what one holds in memory is its index and its
 * filter, some 1.5 % of the file.
 */
final class Tables implements Closeable {

  private record Open(long[] numbers, TableReader[] readers) {
    @Nullable TableReader find(long number) {
      int at = Arrays.binarySearch(numbers, number);
      return at < 0 ? null : readers[at];
    }

    Open with(long number, TableReader reader) {
      int at = -Arrays.binarySearch(numbers, number) - 1;
      assert at >= 0 : "table " + number + " is open already";
      var newNumbers = new long[numbers.length + 1];
      var newReaders = new TableReader[readers.length + 1];
      System.arraycopy(numbers, 0, newNumbers, 0, at);
      System.arraycopy(readers, 0, newReaders, 0, at);
      newNumbers[at] = number;
      newReaders[at] = reader;
      System.arraycopy(numbers, at, newNumbers, at + 1, numbers.length - at);
      System.arraycopy(readers, at, newReaders, at + 1, readers.length - at);
      return new Open(newNumbers, newReaders);
    }

    Open without(int at) {
      var newNumbers = new long[numbers.length - 1];
      var newReaders = new TableReader[readers.length - 1];
      System.arraycopy(numbers, 0, newNumbers, 0, at);
      System.arraycopy(readers, 0, newReaders, 0, at);
      System.arraycopy(numbers, at + 1, newNumbers, at, newNumbers.length - at);
      System.arraycopy(readers, at + 1, newReaders, at, newReaders.length - at);
      return new Open(newNumbers, newReaders);
    }
  }

  private final FileSystem fileSystem;
  private final Path directory;
  private final BlockCache cache;
  private volatile Open open = new Open(new long[0], new TableReader[0]);

  Tables(FileSystem fileSystem, Path directory, BlockCache cache) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.cache = cache;
  }

  /** The reader of a live table, opened if it is not. */
  TableReader reader(FileMetadata file) throws IOException {
    var reader = open.find(file.number());
    return reader != null ? reader : open(file);
  }

  /**
   * The range tombstones of a table, cut at its bounds. RocksDB may store one whole in each file
   * that it touches; beyond the bounds another file has it, or has outlived it: RocksDB sets the
   * sequence numbers of the lowest level to 0, and a tombstone that reached there would hide them.
   */
  RangeTombstones tombstones(FileMetadata file) throws IOException {
    var all = reader(file).rangeTombstones();
    return all.isEmpty() ? all : all.clip(file.smallestUser(), endOf(file));
  }

  private static byte[] endOf(FileMetadata file) {
    var last = file.largestUser();
    return file.endsExclusively() ? last : Arrays.copyOf(last, last.length + 1);
  }

  private synchronized TableReader open(FileMetadata file) throws IOException {
    var reader = open.find(file.number());
    if (reader == null) {
      var path = FileNames.table(directory, file.number());
      reader = TableReader.open(fileSystem, path, cache, file.largestSequence());
      open = open.with(file.number(), reader);
    }
    return reader;
  }

  /** Closes a table whose file is obsolete; readers that still come to it fail and begin anew. */
  synchronized void close(long number) throws IOException {
    int at = Arrays.binarySearch(open.numbers(), number);
    if (at >= 0) {
      var reader = open.readers()[at];
      open = open.without(at);
      reader.close();
    }
  }

  BlockCache cache() {
    return cache;
  }

  @Override
  public synchronized void close() throws IOException {
    var closing = open.readers();
    open = new Open(new long[0], new TableReader[0]);
    for (var reader : closing) {
      reader.close();
    }
  }
}
