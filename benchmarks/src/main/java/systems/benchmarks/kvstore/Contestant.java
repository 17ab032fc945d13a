package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Path;

/** Who is measured. */
enum Contestant {
  OURS("ours"),
  ROCKSDB("rocksdb");

  private final String title;

  Contestant(String title) {
    this.title = title;
  }

  /** Its name on the command line and in files. */
  String title() {
    return title;
  }

  /** Loads what must be loaded once in a process and is no part of opening a store. */
  void load() {
    switch (this) {
      case OURS -> {}
      case ROCKSDB -> org.rocksdb.RocksDB.loadLibrary();
    }
  }

  /** Opens the store in a directory, which is made if it is missing. */
  Engine open(Path directory, long memtableBytes) throws IOException {
    return switch (this) {
      case OURS -> new LsmEngine(directory, memtableBytes);
      case ROCKSDB -> new RocksEngine(directory, memtableBytes);
    };
  }
}
