package systems.redis.persist;

import java.nio.charset.StandardCharsets;

/** The parts of an RDB file, in their order; see {@link RdbFormat}. */
final class RdbWriter implements SnapshotForm {
  private final RdbOutput out;
  private final Checksum checksum;
  private int selected = -1;

  RdbWriter(RdbOutput out, Checksum checksum) {
    this.out = out;
    this.checksum = checksum;
  }

  @Override
  public RdbOutput out() {
    return out;
  }

  @Override
  public Checksum checksum() {
    return checksum;
  }

  void head(boolean aofBase, long usedMemory) {
    out.raw(String.format("REDIS%04d", RdbFormat.VERSION).getBytes(StandardCharsets.ISO_8859_1));
    aux("redis-ver", "7.0.15");
    aux("redis-bits", "64");
    aux("ctime", Long.toString(System.currentTimeMillis() / 1000));
    aux("used-mem", Long.toString(usedMemory));
    aux("aof-base", aofBase ? "1" : "0");
  }

  void aux(String name, String value) {
    out.u8(RdbFormat.AUX);
    out.string(name.getBytes(StandardCharsets.UTF_8));
    out.string(value.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void library(byte[] code) {
    out.u8(RdbFormat.FUNCTION_2);
    out.string(code);
  }

  void select(int db) {
    if (selected != db) {
      out.u8(RdbFormat.SELECT_DB);
      out.length(db);
      selected = db;
    }
  }

  @Override
  public void database(int db, long keys, long expiring) {
    select(db);
    out.u8(RdbFormat.RESIZE_DB);
    out.length(keys);
    out.length(expiring);
  }

  @Override
  public void entry(int db, byte[] key, Object value, long expiresAt) {
    entry(db, key, value, expiresAt, -1, false);
  }

  @Override
  public void end() {
    out.u8(RdbFormat.EOF);
  }

  /** A key with its value, and how it was used: idle seconds, or a count. */
  void entry(int db, byte[] key, Object value, long expiresAt, int use, boolean useCounts) {
    //> phase 4: in which order come time, use, type, key and value?
    select(db);
    if (expiresAt >= 0) { //~ forgetsTheEnd: if (expiresAt < -1) {
      out.u8(RdbFormat.EXPIRES_MILLIS);
      out.little(expiresAt, 8);
    }
    if (use >= 0) {
      out.u8(useCounts ? RdbFormat.FREQUENCY : RdbFormat.IDLE);
      if (useCounts) {
        out.u8(use);
      } else {
        out.length(use);
      }
    }
    out.u8(RdbValues.type(value));
    out.string(key);
    RdbValues.write(out, value);
    //< phase 4
  }
}
