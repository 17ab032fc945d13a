package systems.redis.command;

import java.util.ArrayList;
import java.util.List;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;

/** LCS: the longest common subsequence of two strings, by the usual table. */
final class Lcs {
  private static final long CELLS_MAX = 1L << 28;

  private record Match(int aFrom, int aTo, int bFrom, int bTo) {
    int length() {
      return aTo - aFrom + 1;
    }
  }

  private Lcs() {}

  static void command(Call call) {
    byte[] a = string(call, 1);
    byte[] b = string(call, 2);
    boolean idx = false;
    boolean len = false;
    boolean withLength = false;
    long minimum = 0;
    for (int i = 3; i < call.count(); i++) {
      if (call.is(i, "IDX")) {
        idx = true;
      } else if (call.is(i, "LEN")) {
        len = true;
      } else if (call.is(i, "WITHMATCHLEN")) {
        withLength = true;
      } else if (call.is(i, "MINMATCHLEN") && i + 1 < call.count()) {
        minimum = Math.max(0, call.integer(++i));
      } else {
        throw call.syntax();
      }
    }
    if (idx && len) {
      throw ErrorReply.err("If you want both the length and indexes, please just use IDX.");
    }
    if ((a.length + 1L) * (b.length + 1L) > CELLS_MAX) {
      throw ErrorReply.err(
          "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    int[][] table = table(a, b);
    int length = table[a.length][b.length];
    if (len) {
      call.reply().integer(length);
      return;
    }
    var matches = new ArrayList<Match>();
    byte[] common = walk(a, b, table, matches);
    if (!idx) {
      call.reply().bulk(common);
      return;
    }
    long least = minimum;
    reply(
        call.reply(),
        matches.stream().filter(m -> m.length() >= least).toList(),
        withLength,
        length);
  }

  private static byte[] string(Call call, int index) {
    Object value = call.db().forRead(call.arg(index));
    if (value == null) {
      return new byte[0];
    }
    if (ValueType.of(value) != ValueType.STRING) {
      throw ErrorReply.err("The specified keys must contain string values");
    }
    return systems.redis.db.Database.stringOf(value);
  }

  private static int[][] table(byte[] a, byte[] b) {
    int[][] t = new int[a.length + 1][b.length + 1];
    for (int i = 1; i <= a.length; i++) {
      for (int j = 1; j <= b.length; j++) {
        t[i][j] = a[i - 1] == b[j - 1] ? t[i - 1][j - 1] + 1 : Math.max(t[i - 1][j], t[i][j - 1]);
      }
    }
    return t;
  }

  /** Goes back from the end; collects runs of equal bytes, the last one first. */
  private static byte[] walk(byte[] a, byte[] b, int[][] t, List<Match> matches) {
    byte[] common = new byte[t[a.length][b.length]];
    int at = common.length;
    int i = a.length;
    int j = b.length;
    int aEnd = -1;
    int bEnd = -1;
    int aFrom = 0;
    int bFrom = 0;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        common[--at] = a[i - 1];
        boolean continues = aEnd >= 0 && aFrom == i && bFrom == j;
        if (aEnd >= 0 && !continues) {
          matches.add(new Match(aFrom, aEnd, bFrom, bEnd));
          aEnd = -1;
        }
        if (aEnd < 0) {
          aEnd = i - 1;
          bEnd = j - 1;
        }
        aFrom = i - 1;
        bFrom = j - 1;
        i--;
        j--;
      } else if (t[i - 1][j] > t[i][j - 1]) {
        i--;
      } else {
        j--;
      }
    }
    if (aEnd >= 0) {
      matches.add(new Match(aFrom, aEnd, bFrom, bEnd));
    }
    assert at == 0 : "the way back is shorter than the table says";
    return common;
  }

  private static void reply(Reply reply, List<Match> matches, boolean withLength, int length) {
    reply.map(2);
    reply.bulk("matches");
    reply.array(matches.size());
    for (Match match : matches) {
      reply.array(withLength ? 3 : 2);
      reply.array(2);
      reply.integer(match.aFrom);
      reply.integer(match.aTo);
      reply.array(2);
      reply.integer(match.bFrom);
      reply.integer(match.bTo);
      if (withLength) {
        reply.integer(match.length());
      }
    }
    reply.bulk("len");
    reply.integer(length);
  }
}
