package systems.redis.command;

import systems.redis.resp.Numbers;
import systems.redis.server.Call;

/**
 * The words that LMPOP, ZMPOP and the two that wait have in common: {@code numkeys key [key ...]
 * WHERE [COUNT n]}.
 */
record MultiPop(Call call, int keysAt, int keys) {
  static MultiPop parse(Call call, int countAt) {
    long keys =
        Numbers.parse(call.arg(countAt), 1, Long.MAX_VALUE, "ERR numkeys should be greater than 0");
    if (keys > call.count() - countAt - 2) {
      throw call.syntax();
    }
    return new MultiPop(call, countAt + 1, (int) keys);
  }

  byte[] key(int index) {
    return call.arg(keysAt + index);
  }

  /** The index of the word that says from which end. */
  int where() {
    return keysAt + keys;
  }

  /** How many elements at most; 1 if nothing is said. */
  long count() {
    int rest = where() + 1;
    if (rest == call.count()) {
      return 1;
    }
    if (!call.is(rest, "COUNT") || rest + 1 == call.count()) {
      throw call.syntax();
    }
    long count =
        Numbers.parse(call.arg(rest + 1), 1, Long.MAX_VALUE, "ERR count should be greater than 0");
    if (rest + 2 < call.count()) {
      throw call.syntax();
    }
    return count;
  }
}
