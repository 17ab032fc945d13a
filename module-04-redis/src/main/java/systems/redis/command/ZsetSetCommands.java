package systems.redis.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.server.Bytes;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.SetValue;
import systems.redis.types.ZsetValue;

/** The algebra of sorted sets, where an ordinary set counts as one of scores 1. */
final class ZsetSetCommands {
  private enum Aggregate {
    SUM,
    MIN,
    MAX;

    double of(double a, double b) {
      return switch (this) {
        case SUM -> {
          double sum = a + b;
          yield Double.isNaN(sum) ? 0 : sum; // of two opposite infinities
        }
        case MIN -> Math.min(a, b);
        case MAX -> Math.max(a, b);
      };
    }
  }

  private enum Operation {
    UNION,
    INTER,
    DIFF
  }

  private ZsetSetCommands() {}

  static void register(CommandTable table) {
    table.on("zunion", call -> new Query(call, 1, Operation.UNION).reply());
    table.on("zinter", call -> new Query(call, 1, Operation.INTER).reply());
    table.on("zdiff", call -> new Query(call, 1, Operation.DIFF).reply());
    table.on("zunionstore", call -> new Query(call, 2, Operation.UNION).store());
    table.on("zinterstore", call -> new Query(call, 2, Operation.INTER).store());
    table.on("zdiffstore", call -> new Query(call, 2, Operation.DIFF).store());
    table.on("zintercard", ZsetSetCommands::intersectionSize);
  }

  /** Members with scores, of a sorted set or a set. */
  private record Input(@Nullable ZsetValue zset, @Nullable SetValue set) {
    static Input of(@Nullable Object value) {
      return switch (value) {
        case null -> new Input(null, null);
        case ZsetValue zset -> new Input(zset, null);
        case SetValue set -> new Input(null, set);
        default -> throw ErrorReply.wrongType();
      };
    }

    long size() {
      return zset != null ? zset.size() : set != null ? set.size() : 0;
    }

    double score(byte[] member) {
      if (zset != null) {
        return zset.score(member);
      }
      return set != null && set.contains(member) ? 1 : Double.NaN;
    }

    void forEach(ZsetValue.Visitor visitor) {
      if (zset != null) {
        zset.forEach(visitor);
      } else if (set != null) {
        for (byte[] member : set.members()) {
          if (!visitor.visit(member, 1)) {
            return;
          }
        }
      }
    }
  }

  private static List<Input> inputs(Call call, int from, int count) {
    var inputs = new ArrayList<Input>();
    for (int i = 0; i < count; i++) {
      inputs.add(Input.of(call.db().forRead(call.arg(from + i))));
    }
    return inputs;
  }

  private static final class Query {
    private final Call call;
    private final int countAt;
    private final Operation operation;
    private final List<Input> inputs;
    private final double[] weights;
    private Aggregate aggregate = Aggregate.SUM;
    private boolean withScores;

    Query(Call call, int countAt, Operation operation) {
      this.call = call;
      this.countAt = countAt;
      this.operation = operation;
      long keys = call.integer(countAt);
      if (keys < 1) {
        throw ErrorReply.err(
            "at least 1 input key is needed for '" + call.command().name() + "' command");
      }
      if (keys > call.count() - countAt - 1) {
        throw call.syntax();
      }
      inputs = inputs(call, countAt + 1, (int) keys);
      weights = new double[(int) keys];
      Arrays.fill(weights, 1);
      options(countAt + 1 + (int) keys);
    }

    private void options(int from) {
      for (int i = from; i < call.count(); i++) {
        boolean weighs = operation != Operation.DIFF;
        if (weighs && call.is(i, "WEIGHTS") && i + weights.length < call.count()) {
          for (int k = 0; k < weights.length; k++) {
            weights[k] = Doubles.parse(call.arg(i + 1 + k), "ERR weight value is not a float");
          }
          i += weights.length;
        } else if (weighs && call.is(i, "AGGREGATE") && i + 1 < call.count()) {
          aggregate = aggregate(call, ++i);
        } else if (countAt == 1 && call.is(i, "WITHSCORES")) {
          withScores = true;
        } else {
          throw call.syntax();
        }
      }
    }

    private static Aggregate aggregate(Call call, int i) {
      for (Aggregate a : Aggregate.values()) {
        if (call.is(i, a.name())) {
          return a;
        }
      }
      throw call.syntax();
    }

    private static double weighted(double weight, double score) {
      //> phase 2: what is nothing times infinity?
      double product = weight * score;
      return Double.isNaN(product) ? 0 : product;
      //< phase 2
    }

    private ZsetValue run() {
      return switch (operation) {
        case UNION -> union();
        case INTER -> intersection();
        case DIFF -> difference();
      };
    }

    private int longest;

    private ZsetValue finish(Map<Bytes, Double> scores) {
      var result = new ZsetValue(call.limits());
      scores.forEach((member, score) -> {
        longest = Math.max(longest, member.bytes().length);
        result.put(member.bytes(), score);
      });
      return result;
    }

    private ZsetValue union() {
      //> phase 2: a member of several sets has one score
      Map<Bytes, Double> scores = new LinkedHashMap<>();
      for (int i = 0; i < weights.length; i++) {
        double weight = weights[i];
        inputs
            .get(i)
            .forEach((member, score) -> {
              scores.merge(new Bytes(member), weighted(weight, score), aggregate::of);
              return true;
            });
      }
      return finish(scores);
      //< phase 2
    }

    private ZsetValue intersection() {
      //> phase 2: which set is walked, and which ones are asked?
      int smallest = 0;
      for (int i = 1; i < weights.length; i++) {
        if (inputs.get(i).size() < inputs.get(smallest).size()) {
          smallest = i;
        }
      }
      int first = smallest;
      Map<Bytes, Double> scores = new LinkedHashMap<>();
      inputs
          .get(first)
          .forEach((member, score) -> {
            double sum = weighted(weights[first], score);
            for (int i = 0; i < weights.length; i++) {
              if (i != first) {
                double other = inputs.get(i).score(member);
                if (Double.isNaN(other)) {
                  return true;
                }
                sum = aggregate.of(sum, weighted(weights[i], other));
              }
            }
            scores.put(new Bytes(member), sum);
            return true;
          });
      return finish(scores);
      //< phase 2
    }

    private ZsetValue difference() {
      //> phase 2: whose scores are left?
      Map<Bytes, Double> scores = new LinkedHashMap<>();
      inputs
          .getFirst()
          .forEach((member, score) -> {
            for (Input other : inputs.subList(1, inputs.size())) {
              if (!Double.isNaN(other.score(member))) {
                return true;
              }
            }
            scores.put(new Bytes(member), score);
            return true;
          });
      return finish(scores);
      //< phase 2
    }

    void reply() {
      ZsetValue result = run();
      long n = result.size();
      call.reply().array(withScores && call.reply().version() == 2 ? n * 2 : n);
      for (ZsetValue.Place place = result.at(0); place.isThere(); place.forward()) {
        ZsetCommands.pair(call.reply(), place, withScores);
      }
    }

    void store() {
      ZsetValue result = run();
      result.shrinkIfSmall(longest);
      ZsetSetCommands.store(call, call.arg(1), result, call.command().name());
    }
  }

  static void store(Call call, byte[] key, ZsetValue result, String event) {
    //> phase 2: what if there is nothing to store, and what if there was something?
    boolean there = call.db().remove(key);
    if (result.size() > 0) {
      call.db().add(key, result);
      call.db().changed(key);
      call.changed(1);
      call.event('z', event, key);
    } else if (there) {
      call.changed(1);
      call.event('g', "del", key);
    }
    call.reply().integer(result.size());
    //< phase 2
  }

  private static void intersectionSize(Call call) {
    //> phase 2: when may it stop to count?
    long keys = call.integer(1);
    if (keys < 1) {
      throw ErrorReply.err("at least 1 input key is needed for 'zintercard' command");
    }
    if (keys > call.count() - 2) {
      throw call.syntax();
    }
    long limit = 0;
    for (int i = 2 + (int) keys; i < call.count(); i++) {
      if (call.is(i, "LIMIT") && i + 1 < call.count()) {
        limit = Numbers.parse(call.arg(++i), 0, Long.MAX_VALUE, "ERR LIMIT can't be negative");
      } else {
        throw call.syntax();
      }
    }
    List<Input> inputs = inputs(call, 2, (int) keys);
    inputs.sort(java.util.Comparator.comparingLong(Input::size));
    long most = limit;
    long[] n = {0};
    inputs
        .getFirst()
        .forEach((member, _) -> {
          for (Input other : inputs) {
            if (Double.isNaN(other.score(member))) {
              return true;
            }
          }
          n[0]++;
          return most == 0 || n[0] < most;
        });
    call.reply().integer(n[0]);
    //< phase 2
  }
}
