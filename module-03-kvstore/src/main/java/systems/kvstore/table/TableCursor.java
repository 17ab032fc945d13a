package systems.kvstore.table;

import java.io.IOException;
import java.util.Arrays;
import systems.kvstore.Slice;
import systems.kvstore.format.MalformedException;

/**
 * A position in a table: the ordinal of a data block and a position in that block. Steps stay
 * inside of the block as long as it has entries; blocks without any are stepped over.
 *
 * <p>Invariant: valid means that {@code ordinal} is a block of the index and the block cursor is on
 * an entry of it, whose kind is one that readers understand. Belongs to one thread.
 */
final class TableCursor implements EntryCursor {
  private final TableReader table;
  private final TableIndex index;
  private final DataBlocks blocks;
  private final BlockCursor block = new BlockCursor();
  private int ordinal;
  private byte[] patched = new byte[0];
  private final Slice patchedKey = new Slice();

  TableCursor(TableReader table, DataBlocks blocks) {
    this.table = table;
    this.index = table.index();
    this.blocks = blocks;
  }

  int ordinal() {
    return ordinal;
  }

  @Override
  public boolean valid() {
    return block.valid();
  }

  @Override
  public void first() throws IOException {
    firstFrom(0);
  }

  @Override
  public void last() throws IOException {
    lastFrom(index.count() - 1);
  }

  @Override
  public void seek(Slice internalKey) throws IOException {
    //> phase 3: and if the key lies behind the last entry of the block that may hold it?
    int found = index.find(internalKey.array(), internalKey.offset(), internalKey.length());
    if (!load(found)) {
      return;
    }
    try {
      if (!block.seek(internalKey.array(), internalKey.offset(), internalKey.length())) {
        firstFrom(ordinal + 1); //~ gap: return;
      }
    } catch (MalformedException e) {
      throw corrupt(e);
    }
    if (valid()) {
      table.checkKind(block.trailer());
      skipNewer(internalKey);
    }
    //< phase 3
  }

  /** In an ingested file the search compared with sequence number 0 in place of the real one. */
  private void skipNewer(Slice target) throws IOException {
    if (table.hasGlobalSequence() && InternalKey.compare(key(), target) < 0) {
      next();
    }
  }

  @Override
  public void seekForPrev(Slice internalKey) throws IOException {
    seek(internalKey);
    if (!valid()) {
      last();
    } else if (InternalKey.compare(key(), internalKey) > 0) {
      prev();
    }
  }

  @Override
  public void next() throws IOException {
    assert valid();
    try {
      if (!block.next()) {
        firstFrom(ordinal + 1);
        return;
      }
    } catch (MalformedException e) {
      throw corrupt(e);
    }
    table.checkKind(block.trailer());
  }

  @Override
  public void prev() throws IOException {
    assert valid();
    try {
      if (!block.prev()) {
        lastFrom(ordinal - 1);
        return;
      }
    } catch (MalformedException e) {
      throw corrupt(e);
    }
    table.checkKind(block.trailer());
  }

  private void firstFrom(int start) throws IOException {
    try {
      for (int i = start; load(i); i++) {
        if (block.first()) {
          table.checkKind(block.trailer());
          return;
        }
      }
    } catch (MalformedException e) {
      throw corrupt(e);
    }
  }

  private void lastFrom(int start) throws IOException {
    try {
      for (int i = start; load(i); i--) {
        if (block.last()) {
          table.checkKind(block.trailer());
          return;
        }
      }
    } catch (MalformedException e) {
      throw corrupt(e);
    }
  }

  /** Goes to a block, on none of its entries; false, and to nowhere, if there is no such block. */
  private boolean load(int newOrdinal) throws IOException {
    block.reset(Block.EMPTY);
    if (newOrdinal < 0 || newOrdinal >= index.count()) {
      return false;
    }
    ordinal = newOrdinal;
    block.reset(blocks.block(newOrdinal));
    return true;
  }

  private IOException corrupt(MalformedException e) {
    block.reset(Block.EMPTY);
    return table.file().malformed(index.offset(ordinal), e);
  }

  @Override
  public Slice key() {
    return table.hasGlobalSequence() ? patchedKey() : block.key();
  }

  private Slice patchedKey() {
    Slice raw = block.key();
    if (patched.length < raw.length()) {
      patched = new byte[2 * raw.length()];
    }
    System.arraycopy(raw.array(), raw.offset(), patched, 0, raw.length());
    int trailerAt = raw.length() - InternalKey.TRAILER_BYTES;
    InternalKey.putTrailer(patched, trailerAt, table.withGlobalSequence(block.trailer()));
    return patchedKey.set(patched, 0, raw.length());
  }

  /** The internal key as the file has it. */
  Slice rawKey() {
    return block.key();
  }

  @Override
  public Slice value() {
    return block.value();
  }

  @Override
  public long prefix() {
    return block.prefix();
  }

  @Override
  public void close() {
    block.reset(Block.EMPTY);
    patched = Arrays.copyOf(patched, 0);
  }
}
