package systems.redis.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.HashValue;
import systems.redis.types.ListValue;
import systems.redis.types.SetValue;
import systems.redis.types.ZsetValue;

/** SORT: orders the elements of a collection, by themselves or by what other keys say of them. */
final class SortCommands {
  private static final class Element {
    final byte[] value;
    double weight;
    byte @Nullable [] text;

    Element(byte[] value) {
      this.value = value;
    }
  }

  private SortCommands() {}

  static void register(CommandTable table) {
    table.on("sort", call -> new Sort(call, false).run());
    table.on("sort_ro", call -> new Sort(call, true).run());
  }

  private static final class Sort {
    private final Call call;
    private boolean descending;
    private boolean alpha;
    private byte @Nullable [] by;
    private boolean unsorted;
    private long offset;
    private long count = -1;
    private final List<byte[]> gets = new ArrayList<>();
    private byte @Nullable [] target;

    Sort(Call call, boolean readOnly) {
      this.call = call;
      for (int i = 2; i < call.count(); i++) {
        int left = call.count() - i - 1;
        if (call.is(i, "ASC")) {
          descending = false;
        } else if (call.is(i, "DESC")) {
          descending = true;
        } else if (call.is(i, "ALPHA")) {
          alpha = true;
        } else if (call.is(i, "LIMIT") && left >= 2) {
          offset = call.integer(i + 1);
          count = call.integer(i + 2);
          i += 2;
        } else if (!readOnly && call.is(i, "STORE") && left >= 1) {
          target = call.arg(++i);
        } else if (call.is(i, "BY") && left >= 1) {
          by = call.arg(++i);
          checkForeign("BY");
          unsorted = indexOf(by, (byte) '*') < 0;
        } else if (call.is(i, "GET") && left >= 1) {
          gets.add(call.arg(++i));
          checkForeign("GET");
        } else {
          throw call.syntax();
        }
      }
    }

    private void checkForeign(String option) {
      if (!call.server().mayReadAllKeys(call.client())) {
        throw ErrorReply.err(
            option + " option of SORT denied due to insufficient ACL permissions.");
      }
    }

    void run() {
      //> phase 2: weigh, order, cut; when is nothing weighed?
      Object value = call.db().forRead(call.arg(1));
      List<Element> elements = elements(value);
      if (value instanceof SetValue && unsorted && (target != null || call.client().isScript())) {
        unsorted = false;
        alpha = true;
        by = null;
      }
      long from = Math.min(Math.max(0, offset), elements.size());
      long to =
          count < 0
              ? elements.size()
              : Math.min(elements.size(), from + Math.min(count, elements.size()));
      assert from <= to : "LIMIT is cut to what there is";
      if (!unsorted) {
        weigh(elements);
        elements.sort(order());
      } else if (descending && value instanceof ZsetValue) {
        Collections.reverse(elements);
      }
      List<Element> shown = elements.subList((int) from, (int) to);
      if (target == null) {
        reply(shown);
      } else {
        store(target, shown);
      }
      //< phase 2
    }

    private static List<Element> elements(@Nullable Object value) {
      var elements = new ArrayList<Element>();
      switch (value) {
        case null -> {}
        case ListValue list -> {
          for (ListValue.Place p = list.place(0, true); p.isThere(); p.advance()) {
            elements.add(new Element(p.get()));
          }
        }
        case SetValue set -> set.forEach(member -> elements.add(new Element(member)));
        case ZsetValue zset -> {
          zset.toSkipList(); // as Redis does, which shows in OBJECT ENCODING
          zset.forEach((member, _) -> elements.add(new Element(member)));
        }
        default -> throw ErrorReply.wrongType();
      }
      return elements;
    }

    private void weigh(List<Element> elements) {
      for (Element element : elements) {
        byte[] source = by == null ? element.value : lookUp(by, element.value);
        if (alpha) {
          element.text = source;
        } else if (source != null) {
          element.weight = Doubles.parseOrNaN(source);
          if (Double.isNaN(element.weight)) {
            throw ErrorReply.err("One or more scores can't be converted into double");
          }
        }
      }
    }

    private Comparator<Element> order() {
      Comparator<Element> order =
          alpha ? (a, b) -> compare(a.text, b.text) : Comparator.comparingDouble(e -> e.weight);
      Comparator<Element> whole =
          by == null && alpha ? order : order.thenComparing(e -> e.value, Arrays::compareUnsigned);
      return descending ? whole.reversed() : whole;
    }

    private static int compare(byte @Nullable [] a, byte @Nullable [] b) {
      if (a == null || b == null) {
        return a == b ? 0 : a == null ? -1 : 1;
      }
      return Arrays.compareUnsigned(a, b);
    }

    /**
     * The value of the key, or the field behind {@code ->}, that a pattern names for an element.
     */
    private byte @Nullable [] lookUp(byte[] pattern, byte[] element) {
      if (pattern.length == 1 && pattern[0] == '#') {
        return element;
      }
      int star = indexOf(pattern, (byte) '*');
      if (star < 0) {
        return null;
      }
      int arrow = -1;
      for (int i = star + 1; i + 2 < pattern.length; i++) {
        if (pattern[i] == '-' && pattern[i + 1] == '>') {
          arrow = i;
          break;
        }
      }
      int end = arrow < 0 ? pattern.length : arrow;
      byte[] key = new byte[end - 1 + element.length];
      System.arraycopy(pattern, 0, key, 0, star);
      System.arraycopy(element, 0, key, star, element.length);
      System.arraycopy(pattern, star + 1, key, star + element.length, end - star - 1);
      Object value = call.db().forRead(key);
      if (value == null) {
        return null;
      }
      if (arrow >= 0) {
        byte[] field = Arrays.copyOfRange(pattern, arrow + 2, pattern.length);
        return value instanceof HashValue hash ? hash.get(field) : null;
      }
      return ValueType.of(value) == ValueType.STRING ? Database.stringOf(value) : null;
    }

    private static int indexOf(byte[] bytes, byte wanted) {
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == wanted) {
          return i;
        }
      }
      return -1;
    }

    private void reply(List<Element> shown) {
      call.reply().array((long) shown.size() * Math.max(1, gets.size()));
      for (Element element : shown) {
        if (gets.isEmpty()) {
          call.reply().bulk(element.value);
        }
        for (byte[] get : gets) {
          byte[] value = lookUp(get, element.value);
          if (value == null) {
            call.reply().nil();
          } else {
            call.reply().bulk(value);
          }
        }
      }
    }

    private void store(byte[] key, List<Element> shown) {
      var list = new ListValue(call.limits());
      for (Element element : shown) {
        if (gets.isEmpty()) {
          list.pushLast(element.value);
        }
        for (byte[] get : gets) {
          byte[] value = lookUp(get, element.value);
          list.pushLast(value == null ? new byte[0] : value);
        }
      }
      boolean there = call.db().remove(key);
      if (list.size() > 0) {
        call.db().add(key, list);
        call.db().changed(key);
        call.changed(list.size());
        call.event('l', "sortstore", key);
      } else if (there) {
        call.changed(1);
        call.event('g', "del", key);
      }
      call.reply().integer(list.size());
    }
  }
}
