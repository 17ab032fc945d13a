package systems.redis.command;

import java.util.HashSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.resp.ErrorReply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.GrowingString;
import systems.redis.types.Hll;

/** PFADD, PFCOUNT, PFMERGE and what looks into them. */
final class HllCommands {
  private HllCommands() {}

  static void register(CommandTable table) {
    table.on("pfadd", HllCommands::add);
    table.on("pfcount", HllCommands::count);
    table.on("pfmerge", HllCommands::merge);
    table.on("pfdebug", HllCommands::debug);
    table.on("pfselftest", HllCommands::selfTest);
  }

  private static @Nullable Hll of(@Nullable Object value) {
    return value == null ? null : Hll.of(Database.stringOf(value).clone());
  }

  private static void add(Call call) {
    //> phase 2: when has the estimate changed, and when does the key come to be?
    byte[] key = call.arg(1);
    Object value = call.db().forWrite(key);
    Hll hll = of(value);
    boolean changed = hll == null;
    if (hll == null) {
      hll = Hll.empty();
    }
    for (int i = 2; i < call.count(); i++) {
      changed |= hll.add(call.arg(i), call.limits().hllSparseBytes);
    }
    if (changed) {
      store(call, key, value, hll);
      call.touched(key);
      call.event('$', "pfadd", key);
    }
    call.reply().integer(changed ? 1 : 0);
    //< phase 2
  }

  private static void store(Call call, byte[] key, @Nullable Object old, Hll hll) {
    if (old == null) {
      call.db().add(key, new GrowingString(hll.bytes()));
    } else {
      call.db().replace(key, new GrowingString(hll.bytes()));
    }
  }

  private static void count(Call call) {
    //> phase 2: several are merged, one may know its count; is that a write?
    if (call.count() > 2) {
      byte[] registers = new byte[Hll.REGISTERS];
      for (int i = 1; i < call.count(); i++) {
        Hll hll = of(call.db().forRead(call.arg(i)));
        if (hll != null) {
          hll.mergeInto(registers);
        }
      }
      call.reply().integer(Hll.estimate(registers));
      return;
    }
    Object value = call.db().forRead(call.arg(1));
    Hll hll = of(value);
    if (hll == null) {
      call.reply().integer(0);
      return;
    }
    Long cached = hll.cachedCount();
    if (cached != null) {
      call.reply().integer(cached);
      return;
    }
    long count = hll.count();
    call.db().forWrite(call.arg(1));
    call.db().replace(call.arg(1), new GrowingString(hll.bytes()));
    call.touched(call.arg(1)); // replicas get the cached count too
    call.reply().integer(count);
    //< phase 2
  }

  private static void merge(Call call) {
    //> phase 2: the largest of each register; which encoding has the result?
    byte[] registers = new byte[Hll.REGISTERS];
    boolean dense = false;
    for (int i = 1; i < call.count(); i++) {
      Hll hll = of(call.db().forRead(call.arg(i)));
      if (hll != null) {
        dense |= !hll.isSparse();
        hll.mergeInto(registers);
      }
    }
    byte[] key = call.arg(1);
    Object old = call.db().forWrite(key);
    Hll target = of(old);
    if (target == null) {
      target = Hll.empty();
    }
    if (dense) {
      target.toDense();
    }
    target.raiseAll(registers, call.limits().hllSparseBytes);
    store(call, key, old, target);
    call.touched(key);
    call.event('$', "pfadd", key);
    call.reply().ok();
    //< phase 2
  }

  private static void debug(Call call) {
    byte[] key = call.arg(2);
    if (call.count() != 3) {
      throw ErrorReply.err("Wrong number of arguments for the '" + call.text(1) + "' subcommand");
    }
    Object value = call.db().forWrite(key);
    Hll hll = of(value);
    if (hll == null) {
      throw ErrorReply.err("The specified key does not exist");
    }
    switch (call.text(1).toUpperCase(Locale.ROOT)) {
      case "GETREG" -> {
        toDense(call, key, hll);
        byte[] registers = hll.registers();
        call.reply().array(registers.length);
        for (byte register : registers) {
          call.reply().integer(register);
        }
      }
      case "DECODE" -> {
        if (!hll.isSparse()) {
          throw ErrorReply.err("HLL encoding is not sparse");
        }
        call.reply().bulk(hll.describe());
      }
      case "ENCODING" -> call.reply().status(hll.isSparse() ? "sparse" : "dense");
      case "TODENSE" -> call.reply().integer(toDense(call, key, hll) ? 1 : 0);
      default -> throw ErrorReply.err("Unknown PFDEBUG subcommand '" + call.text(1) + "'");
    }
  }

  /** Whether it was sparse. */
  private static boolean toDense(Call call, byte[] key, Hll hll) {
    if (!hll.isSparse()) {
      return false;
    }
    hll.toDense();
    call.db().replace(key, new GrowingString(hll.bytes()));
    call.changed(1);
    return true;
  }

  /** Counts random elements and compares with a set. */
  private static void selfTest(Call call) {
    Hll hll = Hll.empty();
    var seen = new HashSet<Long>();
    for (int i = 0; i < 100_000; i++) {
      long value = Draw.RANDOM.nextLong(1_000_000);
      seen.add(value);
      hll.add(systems.redis.resp.Numbers.toBytes(value), call.limits().hllSparseBytes);
    }
    double error = Math.abs(hll.count() - seen.size()) / (double) seen.size();
    if (error > 0.05) {
      throw new ErrorReply("TESTFAILED the estimate is " + error + " off");
    }
    call.reply().ok();
  }
}
