package systems.kvstore.lsm;

import static systems.kvstore.table.InternalKey.SEQUENCE_MAX;
import static systems.kvstore.table.InternalKey.TRAILER_BYTES;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;
import systems.kvstore.table.InternalKey;

/**
 * One record of a manifest: what changes from one {@link Version} to the next, and the counters
 * that must not fall back after a crash.
 *
 * <pre>
 *   record  := field*                    each field begins with a varint tag
 *     1  comparator        length-prefixed name
 *     2  log number        varint   write-ahead logs with smaller numbers are in tables
 *     3  next file number  varint
 *     4  last sequence     varint
 *     6  deleted file      varint level, varint number
 *   103  new file          varint level, varint number, varint bytes,
 *                          length-prefixed smallest, length-prefixed largest  (internal keys),
 *                          varint smallest sequence, varint largest sequence,
 *                          custom*, varint 1
 *          custom := varint tag, length-prefixed value
 * </pre>
 *
 * <p>These are the ones written. Read are also the older forms of a new file (7 without sequence
 * numbers, 100 with them, 102 with a path), 5 (where LevelDB's round of compactions stood), 9 and
 * 10 (log numbers that say nothing new with one column family), 203, and 300 (of how many records
 * of an atomic group this is not the last).
 *
 * <p><b>What must be understood.</b> A record is a promise about which data is valid, so a field
 * that is not understood makes the whole manifest unusable, unless its writer says otherwise: tags
 * with bit 13 set, and custom fields of a new file without bit 6, carry a length and are skipped
 * (the store's id, a file's unique id, its age, its epoch). The rest is refused by number, and so
 * are the features that would change what the data means: column families besides "default", blob
 * files, further directories, other orders of keys.
 *
 * <p><b>What RocksDB needs.</b> Tried with RocksDB 11.8: a manifest must have 1 (or assumes it), 2,
 * 3 and 4 once each; a new file without any custom field is accepted, the age of files in level 0
 * is then taken from their sequence numbers, which is the order that we use. With tag 7 instead of
 * 103 the order would be taken from nothing.
 *
 * <p>An edit belongs to one thread.
 *
 * <p>Source: RocksDB wiki, "MANIFEST"; tags that it does not list were seen in RocksDB's files.
 */
final class VersionEdit {
  /** The only order of keys that is supported: unsigned bytes, by RocksDB's name. */
  static final String BYTEWISE = "leveldb.BytewiseComparator";

  private static final int COMPARATOR = 1;
  private static final int LOG_NUMBER = 2;
  private static final int NEXT_FILE_NUMBER = 3;
  private static final int LAST_SEQUENCE = 4;
  private static final int COMPACT_CURSOR = 5;
  private static final int DELETED_FILE = 6;
  private static final int NEW_FILE = 7;
  private static final int PREVIOUS_LOG_NUMBER = 9;
  private static final int MIN_LOG_NUMBER_TO_KEEP = 10;
  private static final int NEW_FILE_2 = 100;
  private static final int NEW_FILE_3 = 102;
  private static final int NEW_FILE_4 = 103;
  private static final int COLUMN_FAMILY = 200;
  private static final int COLUMN_FAMILY_ADD = 201;
  private static final int COLUMN_FAMILY_DROP = 202;
  private static final int MAX_COLUMN_FAMILY = 203;
  private static final int ATOMIC_GROUP = 300;
  private static final int BLOB_FILE_ADDITION = 400;
  private static final int BLOB_FILE_GARBAGE = 401;
  private static final int SKIPPABLE = 1 << 13;

  private static final int CUSTOM_END = 1;
  private static final int CUSTOM_BLOB_FILE = 4;
  private static final int CUSTOM_PATH = 65;
  private static final int CUSTOM_NOT_SKIPPABLE = 1 << 6;

  /** File numbers have 62 bits: the top two name a path in RocksDB's memory. */
  private static final long NUMBER_MAX = (1L << 62) - 1;

  /** A file that enters a level. */
  record NewFile(int level, FileMetadata file) {}

  /** A file that leaves a level. */
  record DeletedFile(int level, long number) {}

  private final List<NewFile> newFiles = new ArrayList<>();
  private final List<DeletedFile> deletedFiles = new ArrayList<>();
  private @Nullable String comparator;
  private @Nullable Long logNumber;
  private @Nullable Long nextFileNumber;
  private @Nullable Long lastSequence;
  private long groupRest;

  VersionEdit setComparator(String name) {
    comparator = name;
    return this;
  }

  /** Write-ahead logs with a smaller number are not needed any more. */
  VersionEdit setLogNumber(long number) {
    assert number >= 0 && number <= NUMBER_MAX : "log number " + number;
    logNumber = number;
    return this;
  }

  /** Larger than the number of any file, even of one whose creation was never recorded. */
  VersionEdit setNextFileNumber(long number) {
    assert number > 0 && number <= NUMBER_MAX : "file number " + number;
    nextFileNumber = number;
    return this;
  }

  /** At least the largest sequence number in any table. */
  VersionEdit setLastSequence(long sequence) {
    assert sequence >= 0 && sequence <= SEQUENCE_MAX : "sequence " + sequence;
    lastSequence = sequence;
    return this;
  }

  VersionEdit addFile(int level, FileMetadata file) {
    assert level >= 0 && file.number() <= NUMBER_MAX : file + " in level " + level;
    newFiles.add(new NewFile(level, file));
    return this;
  }

  VersionEdit deleteFile(int level, long number) {
    assert level >= 0 && number >= 0 : "file " + number + " of level " + level;
    deletedFiles.add(new DeletedFile(level, number));
    return this;
  }

  @Nullable String comparator() {
    return comparator;
  }

  @Nullable Long logNumber() {
    return logNumber;
  }

  @Nullable Long nextFileNumber() {
    return nextFileNumber;
  }

  @Nullable Long lastSequence() {
    return lastSequence;
  }

  List<NewFile> newFiles() {
    return Collections.unmodifiableList(newFiles);
  }

  List<DeletedFile> deletedFiles() {
    return Collections.unmodifiableList(deletedFiles);
  }

  /** How many records follow that count only together with this one; 0 for most. */
  long groupRest() {
    return groupRest;
  }

  /** The record. */
  byte[] encode() {
    //> phase 4: in which order do a deletion and an addition of the same file have to come?
    var sink = new ByteSink(64 + 64 * newFiles.size());
    if (comparator != null) {
      byte[] name = comparator.getBytes(StandardCharsets.UTF_8);
      sink.putVarint32(COMPARATOR);
      sink.putLengthPrefixed(name, 0, name.length);
    }
    encodeNumber(sink, LOG_NUMBER, logNumber);
    encodeNumber(sink, NEXT_FILE_NUMBER, nextFileNumber);
    encodeNumber(sink, LAST_SEQUENCE, lastSequence); //~ sequenceLost: ;
    deletedFiles.forEach(deleted -> encode(sink, deleted));
    newFiles.forEach(added -> encode(sink, added));
    return sink.toByteArray();
    //< phase 4
  }

  private static void encodeNumber(ByteSink sink, int tag, @Nullable Long number) {
    if (number != null) {
      sink.putVarint32(tag);
      sink.putVarint64(number);
    }
  }

  private static void encode(ByteSink sink, DeletedFile deleted) {
    sink.putVarint32(DELETED_FILE);
    sink.putVarint32(deleted.level());
    sink.putVarint64(deleted.number());
  }

  private static void encode(ByteSink sink, NewFile added) {
    FileMetadata file = added.file();
    sink.putVarint32(NEW_FILE_4);
    sink.putVarint32(added.level());
    sink.putVarint64(file.number());
    sink.putVarint64(file.fileBytes());
    sink.putLengthPrefixed(file.smallest(), 0, file.smallest().length);
    sink.putLengthPrefixed(file.largest(), 0, file.largest().length);
    sink.putVarint64(file.smallestSequence());
    sink.putVarint64(file.largestSequence());
    sink.putVarint32(CUSTOM_END);
  }

  /**
   * Reads a record.
   *
   * @param manifest and offset say where the record lies, for the message of a failure
   * @throws KvException.Corruption if the bytes are no record
   * @throws KvException.Unsupported if the record needs something that this engine does not have
   */
  static VersionEdit decode(Slice bytes, Path manifest, long offset) throws KvException {
    var source = new ByteSource(bytes.array(), bytes.offset(), bytes.length());
    try {
      return new Decoder(source, manifest).decode();
    } catch (MalformedException malformed) {
      throw new KvException.Corruption(
          manifest, offset, "a version edit", "" + malformed.getMessage());
    }
  }

  /** {@link #decode(Slice, Path, long)} of a whole array. */
  static VersionEdit decode(byte[] bytes, Path manifest, long offset) throws KvException {
    return decode(new Slice(bytes), manifest, offset);
  }

  /** The edit in words, a line a field. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    line(text, "comparator", comparator);
    line(text, "log_number", logNumber);
    line(text, "next_file_number", nextFileNumber);
    line(text, "last_sequence", lastSequence);
    deletedFiles.forEach(file -> line(text, "delete level " + file.level(), file.number()));
    newFiles.forEach(added -> line(text, "add level " + added.level(), added.file()));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, @Nullable Object value) {
    if (value != null) {
      text.append("  ").append(name).append(": ").append(value).append('\n');
    }
  }

  /** Reads one record, field by field. */
  private static final class Decoder {
    private final ByteSource source;
    private final Path manifest;
    private final VersionEdit edit = new VersionEdit();
    private int columnFamily;
    private @Nullable String columnFamilyName;

    Decoder(ByteSource source, Path manifest) {
      this.source = source;
      this.manifest = manifest;
    }

    VersionEdit decode() throws MalformedException, KvException.Unsupported {
      //> phase 4: which fields may a reader skip that it does not know, and which may it not?
      while (source.remaining() > 0) {
        decodeField(source.readVarint32());
      }
      if (columnFamily != 0 || columnFamilyName != null) {
        throw unsupported("holds " + columnFamily() + "; only \"default\" is read");
      }
      return edit;
      //< phase 4
    }

    private String columnFamily() {
      return columnFamilyName == null
          ? "a column family with the number " + columnFamily
          : "the column family \"" + columnFamilyName + "\"";
    }

    private void decodeField(int tag) throws MalformedException, KvException.Unsupported {
      switch (tag) {
        case COMPARATOR -> edit.comparator = comparator();
        case LOG_NUMBER -> edit.logNumber = number();
        case NEXT_FILE_NUMBER -> edit.nextFileNumber = number();
        case LAST_SEQUENCE -> edit.lastSequence = sequence();
        case PREVIOUS_LOG_NUMBER, MIN_LOG_NUMBER_TO_KEEP -> number();
        case MAX_COLUMN_FAMILY -> source.readVarint32();
        case ATOMIC_GROUP -> edit.groupRest = Integer.toUnsignedLong(source.readVarint32());
        case COMPACT_CURSOR -> {
          level();
          source.readLengthPrefixed();
        }
        case DELETED_FILE -> edit.deleteFile(level(), number());
        case NEW_FILE, NEW_FILE_2, NEW_FILE_3, NEW_FILE_4 -> newFile(tag);
        case COLUMN_FAMILY -> columnFamily = source.readVarint32();
        case COLUMN_FAMILY_ADD ->
            columnFamilyName = new String(source.readLengthPrefixed(), StandardCharsets.UTF_8);
        case COLUMN_FAMILY_DROP -> columnFamilyName = "dropped";
        case BLOB_FILE_ADDITION, BLOB_FILE_GARBAGE -> throw unsupported("holds blob files");
        default -> skip(tag);
      }
    }

    private void skip(int tag) throws MalformedException, KvException.Unsupported {
      //> phase 4: who knows whether a field may be skipped that you do not know?
      if ((tag & SKIPPABLE) == 0) { //~ skipsAll: if (tag == 0) {
        throw unsupported("has a field with the unknown tag " + Integer.toUnsignedString(tag));
      }
      source.skip(source.readLength());
      //< phase 4
    }

    private KvException.Unsupported unsupported(String what) {
      return new KvException.Unsupported(manifest, what);
    }

    private String comparator() throws MalformedException, KvException.Unsupported {
      var name = new String(source.readLengthPrefixed(), StandardCharsets.UTF_8);
      if (!name.equals(BYTEWISE)) {
        throw unsupported("orders keys by \"" + name + "\", supported is \"" + BYTEWISE + "\"");
      }
      return name;
    }

    private int level() throws MalformedException, KvException.Unsupported {
      int level = source.readVarint32();
      if (level < 0 || level >= Version.LEVELS) {
        throw unsupported(
            String.format(
                Locale.ROOT, "has a file in level %d of %d", level & 0xffffffffL, Version.LEVELS));
      }
      return level;
    }

    private long number() throws MalformedException {
      return bounded("a file number", NUMBER_MAX);
    }

    private long sequence() throws MalformedException {
      return bounded("a sequence number", SEQUENCE_MAX);
    }

    private long bounded(String what, long max) throws MalformedException {
      int start = source.position();
      long value = source.readVarint64();
      if (value < 0 || value > max) {
        throw new MalformedException(what + " of " + Long.toUnsignedString(value), start);
      }
      return value;
    }

    private void newFile(int tag) throws MalformedException, KvException.Unsupported {
      int start = source.position();
      int level = level();
      long number = number();
      checkPath(tag == NEW_FILE_3 ? source.readVarint32() : 0);
      long fileBytes = bounded("a file size", Long.MAX_VALUE);
      byte[] smallest = internalKey();
      byte[] largest = internalKey();
      boolean hasSequences = tag != NEW_FILE;
      long smallestSequence = hasSequences ? sequence() : 0;
      long largestSequence = hasSequences ? sequence() : 0;
      if (tag == NEW_FILE_4) {
        customFields();
      }
      if (number == 0
          || smallestSequence > largestSequence
          || InternalKey.compare(smallest, 0, smallest.length, largest, 0, largest.length) > 0) {
        throw new MalformedException("file " + number + " with its bounds in disorder", start);
      }
      edit.addFile(
          level,
          new FileMetadata(
              number, fileBytes, smallest, largest, smallestSequence, largestSequence));
    }

    private byte[] internalKey() throws MalformedException {
      int start = source.position();
      byte[] key = source.readLengthPrefixed();
      if (key.length < TRAILER_BYTES) {
        throw new MalformedException("an internal key of " + key.length + " bytes", start);
      }
      return key;
    }

    private void customFields() throws MalformedException, KvException.Unsupported {
      int tag = source.readVarint32();
      while (tag != CUSTOM_END) {
        customField(tag, source.readLengthPrefixed());
        tag = source.readVarint32();
      }
    }

    private void customField(int tag, byte[] value)
        throws MalformedException, KvException.Unsupported {
      if (tag == CUSTOM_PATH) {
        checkPath(new ByteSource(value).readVarint32());
      } else if (tag == CUSTOM_BLOB_FILE) {
        throw unsupported("has a table that refers to blob files");
      } else if ((tag & CUSTOM_NOT_SKIPPABLE) != 0) {
        throw unsupported(
            "has a file with the unknown custom field " + Integer.toUnsignedString(tag));
      }
    }

    private void checkPath(int path) throws KvException.Unsupported {
      if (path != 0) {
        throw unsupported(
            "has a file in the directory number "
                + Integer.toUnsignedString(path)
                + "; only the"
                + " store's own is read");
      }
    }
  }
}
