package systems.redis.command;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.types.ZsetValue;

/** A range of a sorted set by scores or by members, with open or closed ends. */
sealed interface Range {
  /** Whether what lies here is before the range. */
  boolean isBefore(byte[] member, double score);

  /** Whether what lies here is behind the range. */
  boolean isBehind(byte[] member, double score);

  /** Whether nothing can be in it. */
  boolean isEmpty();

  default ZsetValue.Place first(ZsetValue zset) {
    ZsetValue.Place place = zset.firstAfter(this::isBefore);
    return isEmpty() || place.isThere() && isBehind(place.member(), place.score())
        ? zset.at(zset.size())
        : place;
  }

  default ZsetValue.Place last(ZsetValue zset) {
    ZsetValue.Place place = zset.lastWith((member, score) -> !isBehind(member, score));
    return isEmpty() || place.isThere() && isBefore(place.member(), place.score())
        ? zset.at(zset.size())
        : place;
  }

  /** By scores: {@code 1 (5 +inf}. */
  record Scores(double min, boolean minOpen, double max, boolean maxOpen) implements Range {
    static Scores parse(byte[] min, byte[] max) {
      return new Scores(bound(min), isOpen(min), bound(max), isOpen(max));
    }

    private static boolean isOpen(byte[] text) {
      return text.length > 0 && text[0] == '(';
    }

    private static double bound(byte[] text) {
      byte[] number = isOpen(text) ? Arrays.copyOfRange(text, 1, text.length) : text;
      return Doubles.parse(number, "ERR min or max is not a float");
    }

    @Override
    public boolean isBefore(byte[] member, double score) {
      return minOpen ? score <= min : score < min; //~ phase 2 openIsClosed: return score < min;
    }

    @Override
    public boolean isBehind(byte[] member, double score) {
      return maxOpen ? score >= max : score > max;
    }

    @Override
    public boolean isEmpty() {
      return min > max || min == max && (minOpen || maxOpen);
    }
  }

  /** By members, where all scores are equal: {@code [a (b - +}. */
  record Members(Bound min, Bound max) implements Range {
    /** An end; infinite if there is no text. */
    record Bound(int infinite, byte @Nullable [] text, boolean open) {
      static Bound parse(byte[] arg) {
        if (arg.length == 1 && arg[0] == '-') {
          return new Bound(-1, null, false);
        }
        if (arg.length == 1 && arg[0] == '+') {
          return new Bound(1, null, false);
        }
        if (arg.length == 0 || arg[0] != '[' && arg[0] != '(') {
          throw ErrorReply.err("min or max not valid string range item");
        }
        return new Bound(0, Arrays.copyOfRange(arg, 1, arg.length), arg[0] == '(');
      }

      int compare(byte[] member) {
        if (text == null) {
          return -infinite;
        }
        return Arrays.compareUnsigned(member, text);
      }
    }

    static Members parse(byte[] min, byte[] max) {
      return new Members(Bound.parse(min), Bound.parse(max));
    }

    @Override
    public boolean isBefore(byte[] member, double score) {
      int order = min.compare(member);
      return min.open ? order <= 0 : order < 0;
    }

    @Override
    public boolean isBehind(byte[] member, double score) {
      int order = max.compare(member);
      return max.open ? order >= 0 : order > 0;
    }

    @Override
    public boolean isEmpty() {
      if (min.text == null || max.text == null) {
        return min.infinite > 0 || max.infinite < 0;
      }
      int order = Arrays.compareUnsigned(min.text, max.text);
      return order > 0 || order == 0 && (min.open || max.open);
    }
  }
}
