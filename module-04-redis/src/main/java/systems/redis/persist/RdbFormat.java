package systems.redis.persist;

/**
 * Numbers of the RDB format, version 10.
 *
 * <pre>
 *   REDIS0010
 *   ( FA name value )*                                  facts about the writer
 *   ( FE db  FB keys expiring  ( [FC millis:8] [F8 idle | F9 freq] type key value )* )*
 *   ( F5 library )*                                     functions
 *   FF crc:8
 *
 *   length   00xxxxxx          6 bits       80 ....     32 bits, big endian
 *            01xxxxxx x        14 bits      81 ........ 64 bits, big endian
 *   string   length bytes | C0 int8 | C1 int16 | C2 int32 | C3 compressed length, length, LZF
 * </pre>
 */
final class RdbFormat {
  static final int VERSION = 10;

  static final int STRING = 0;
  static final int LIST = 1;
  static final int SET = 2;
  static final int ZSET = 3;
  static final int HASH = 4;
  static final int ZSET_2 = 5;
  static final int HASH_ZIPMAP = 9;
  static final int LIST_ZIPLIST = 10;
  static final int SET_INTSET = 11;
  static final int ZSET_ZIPLIST = 12;
  static final int HASH_ZIPLIST = 13;
  static final int QUICKLIST = 14;
  static final int STREAM = 15;
  static final int HASH_LISTPACK = 16;
  static final int ZSET_LISTPACK = 17;
  static final int QUICKLIST_2 = 18;
  static final int STREAM_2 = 19;

  static final int NODE_PLAIN = 1;
  static final int NODE_PACKED = 2;

  static final int FUNCTION_2 = 0xf5;
  static final int FUNCTION_OLD = 0xf6;
  static final int MODULE_AUX = 0xf7;
  static final int IDLE = 0xf8;
  static final int FREQUENCY = 0xf9;
  static final int AUX = 0xfa;
  static final int RESIZE_DB = 0xfb;
  static final int EXPIRES_MILLIS = 0xfc;
  static final int EXPIRES_SECONDS = 0xfd;
  static final int SELECT_DB = 0xfe;
  static final int EOF = 0xff;

  private RdbFormat() {}
}
