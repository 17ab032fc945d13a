package systems.redis.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.ZsetValue;

/** Places in sorted sets; see {@link GeoHash}. */
final class GeoCommands {
  private record Found(
      byte[] member, double longitude, double latitude, double meters, long bits) {}

  private GeoCommands() {}

  static void register(CommandTable table) {
    table.on("geoadd", GeoCommands::add);
    table.on("geopos", GeoCommands::positions);
    table.on("geohash", GeoCommands::hashes);
    table.on("geodist", GeoCommands::distance);
    table.on("geosearch", call -> new Search(call, 1).parseSearch(2).run());
    table.on("geosearchstore", call -> new Search(call, 2).storing().parseSearch(3).run());
    table.on("georadius", call -> new Search(call, 1).parseRadius(false).run());
    table.on("georadius_ro", call -> new Search(call, 1).parseRadius(true).run());
    table.on("georadiusbymember", call -> new Search(call, 1).parseByMember(false).run());
    table.on("georadiusbymember_ro", call -> new Search(call, 1).parseByMember(true).run());
  }

  private static double[] place(Call call, int index) {
    double longitude = Doubles.parse(call.arg(index));
    double latitude = Doubles.parse(call.arg(index + 1));
    boolean fits =
        Math.abs(longitude) <= GeoHash.LONGITUDE_MAX && Math.abs(latitude) <= GeoHash.LATITUDE_MAX;
    if (!fits) {
      throw ErrorReply.err(
          String.format(
              Locale.ROOT, "invalid longitude,latitude pair %.6f,%.6f", longitude, latitude));
    }
    return new double[] {longitude, latitude};
  }

  private static double unit(Call call, int index) {
    if (call.is(index, "M")) {
      return 1;
    }
    if (call.is(index, "KM")) {
      return 1000;
    }
    if (call.is(index, "FT")) {
      return 0.3048;
    }
    if (call.is(index, "MI")) {
      return 1609.34;
    }
    throw ErrorReply.err("unsupported unit provided. please use M, KM, FT, MI");
  }

  /** As ZADD with the places' numbers as scores. */
  private static void add(Call call) {
    int i = 2;
    boolean nx = false;
    boolean xx = false;
    while (i < call.count()) {
      if (call.is(i, "NX")) {
        nx = true;
      } else if (call.is(i, "XX")) {
        xx = true;
      } else if (!call.is(i, "CH")) {
        break;
      }
      i++;
    }
    int rest = call.count() - i;
    if (rest == 0 || rest % 3 != 0 || nx && xx) {
      throw call.syntax();
    }
    Object[] words = new Object[i + rest / 3 * 2];
    words[0] = "ZADD";
    System.arraycopy(call.args(), 1, words, 1, i - 1);
    for (int k = 0; k < rest / 3; k++) {
      double[] place = place(call, i + 3 * k);
      words[i + 2 * k] = GeoHash.encode(place[0], place[1]);
      words[i + 2 * k + 1] = call.arg(i + 3 * k + 2);
    }
    call.runAs(Call.words(words));
  }

  private static double @Nullable [] position(@Nullable ZsetValue zset, byte[] member) {
    double score = zset == null ? Double.NaN : zset.score(member);
    return Double.isNaN(score) ? null : GeoHash.decode((long) score);
  }

  private static void positions(Call call) {
    ZsetValue zset = call.db().zset(call.arg(1));
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      double[] place = position(zset, call.arg(i));
      if (place == null) {
        call.reply().nilArray();
      } else {
        coordinates(call.reply(), place[0], place[1]);
      }
    }
  }

  private static void coordinates(Reply reply, double longitude, double latitude) {
    reply.array(2);
    human(reply, longitude);
    human(reply, latitude);
  }

  /** With 17 decimals, as a long double prints. */
  private static void human(Reply reply, double value) {
    String text = LongDouble.text(new java.math.BigDecimal(value));
    if (reply.version() == 3) {
      reply.raw(("," + text + "\r\n").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    } else {
      reply.bulk(text);
    }
  }

  private static void hashes(Call call) {
    ZsetValue zset = call.db().zset(call.arg(1));
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      double[] place = position(zset, call.arg(i));
      if (place == null) {
        call.reply().nil();
      } else {
        call.reply().bulk(GeoHash.text(place[0], place[1]));
      }
    }
  }

  private static void distance(Call call) {
    if (call.count() > 5) {
      throw call.syntax();
    }
    double unit = call.count() == 5 ? unit(call, 4) : 1;
    ZsetValue zset = call.db().zset(call.arg(1));
    double[] a = position(zset, call.arg(2));
    double[] b = position(zset, call.arg(3));
    if (a == null || b == null) {
      call.reply().nil();
      return;
    }
    call.reply().bulk(four(GeoHash.distance(a[0], a[1], b[0], b[1]) / unit));
  }

  private static String four(double value) {
    return new java.math.BigDecimal(value)
        .setScale(4, java.math.RoundingMode.HALF_EVEN)
        .toPlainString();
  }

  // ---- searching

  private static final double POLE = 90;

  private static final class Search {
    private final Call call;
    private final int keyAt;
    private double longitude;
    private double latitude;
    private boolean centred;
    private byte @Nullable [] centreMember;
    private double unit = 1;
    private double radius = -1; // meters
    private double width = -1;
    private double height = -1;
    private boolean ascending;
    private boolean descending;
    private long count;
    private boolean any;
    private boolean withDistance;
    private boolean withHash;
    private boolean withPlace;
    private byte @Nullable [] storeKey;
    private boolean storeDistance;
    private boolean readOnly;

    Search(Call call, int keyAt) {
      this.call = call;
      this.keyAt = keyAt;
    }

    Search storing() {
      storeKey = call.arg(1);
      return this;
    }

    private @Nullable ZsetValue zset() {
      return call.db().zset(call.arg(keyAt));
    }

    Search parseRadius(boolean ro) {
      readOnly = ro;
      double[] place = place(call, 2);
      longitude = place[0];
      latitude = place[1];
      centred = true;
      radius(4);
      options(6, false);
      return this;
    }

    Search parseByMember(boolean ro) {
      readOnly = ro;
      centreMember = call.arg(2);
      centred = true;
      radius(3);
      options(5, false);
      return this;
    }

    private void radius(int index) {
      double value = Doubles.parse(call.arg(index), "ERR need numeric radius");
      if (value < 0) {
        throw ErrorReply.err("radius cannot be negative");
      }
      unit = unit(call, index + 1);
      radius = value * unit;
    }

    private void box(int index) {
      double w = Doubles.parse(call.arg(index), "ERR need numeric width");
      double h = Doubles.parse(call.arg(index + 1), "ERR need numeric height");
      if (w < 0 || h < 0) {
        throw ErrorReply.err("height or width cannot be negative");
      }
      unit = unit(call, index + 2);
      width = w * unit;
      height = h * unit;
    }

    Search parseSearch(int from) {
      options(from, true);
      if (!centred) {
        throw ErrorReply.err(
            "exactly one of FROMMEMBER or FROMLONLAT can be specified for "
                + call.command().name());
      }
      if (radius < 0 && width < 0) {
        throw ErrorReply.err(
            "exactly one of BYRADIUS and BYBOX can be specified for " + call.command().name());
      }
      return this;
    }

    private void options(int from, boolean search) {
      for (int i = from; i < call.count(); i++) {
        int left = call.count() - i - 1;
        if (call.is(i, "WITHDIST")) {
          withDistance = true;
        } else if (call.is(i, "WITHHASH")) {
          withHash = true;
        } else if (call.is(i, "WITHCOORD")) {
          withPlace = true;
        } else if (call.is(i, "ANY")) {
          any = true;
        } else if (call.is(i, "ASC")) {
          ascending = true;
        } else if (call.is(i, "DESC")) {
          descending = true;
        } else if (call.is(i, "COUNT") && left >= 1) {
          count = call.integer(++i);
          if (count <= 0) {
            throw ErrorReply.err("COUNT must be > 0");
          }
        } else {
          i = search ? searchOption(i, left) : storeOption(i, left);
        }
      }
      checkTogether(search);
    }

    /** STORE or STOREDIST of GEORADIUS, with the key that follows; returns its last word. */
    private int storeOption(int i, int left) {
      boolean distances = call.is(i, "STOREDIST");
      if (readOnly || left < 1 || !distances && !call.is(i, "STORE")) {
        throw call.syntax();
      }
      storeKey = call.arg(i + 1);
      storeDistance = distances;
      return i + 1;
    }

    /** The centre or the shape that GEOSEARCH looks around; returns the option's last word. */
    private int searchOption(int i, int left) {
      if (storeKey != null && call.is(i, "STOREDIST")) {
        storeDistance = true;
        return i;
      }
      if (!centred && call.is(i, "FROMMEMBER") && left >= 1) {
        centreMember = call.arg(i + 1);
        centred = true;
        return i + 1;
      }
      if (!centred && call.is(i, "FROMLONLAT") && left >= 2) {
        double[] place = place(call, i + 1);
        longitude = place[0];
        latitude = place[1];
        centred = true;
        return i + 2;
      }
      if (shapeless() && call.is(i, "BYRADIUS") && left >= 2) {
        radius(i + 1);
        return i + 2;
      }
      if (shapeless() && call.is(i, "BYBOX") && left >= 3) {
        box(i + 1);
        return i + 3;
      }
      throw call.syntax();
    }

    private void checkTogether(boolean search) {
      if (storeKey != null && (withDistance || withHash || withPlace)) {
        throw ErrorReply.err(
            (search ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS")
                + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
      }
      if (any && count == 0) {
        throw ErrorReply.err("the ANY argument requires COUNT argument");
      }
    }

    private boolean shapeless() {
      return radius < 0 && width < 0;
    }

    void run() {
      ZsetValue zset = zset();
      if (zset == null) {
        nothing();
        return;
      }
      if (centreMember != null) {
        double[] place = position(zset, centreMember);
        if (place == null) {
          throw ErrorReply.err("could not decode requested zset member");
        }
        longitude = place[0];
        latitude = place[1];
      }
      boolean sorted = ascending || descending || count > 0 && !any;
      List<Found> found = search(zset);
      if (sorted) {
        Comparator<Found> order = Comparator.comparingDouble(Found::meters);
        found.sort(descending ? order.reversed() : order);
      }
      if (count > 0 && found.size() > count) {
        found = found.subList(0, (int) count);
      }
      if (storeKey != null) {
        store(storeKey, found);
      } else {
        reply(found);
      }
    }

    private void nothing() {
      if (storeKey != null) {
        store(storeKey, List.of());
      } else {
        call.reply().array(0);
      }
    }

    private List<Found> search(ZsetValue zset) {
      //> phase 2: nine boxes around the centre; how large are they, and is that enough?
      double w = radius >= 0 ? 2 * radius : width;
      double h = radius >= 0 ? 2 * radius : height;
      double reach = radius >= 0 ? radius : Math.sqrt(w * w + h * h) / 2;
      int steps = GeoHash.steps(reach, latitude);
      double[] bounds = GeoHash.bounds(longitude, latitude, w, h);
      long centre = centreBox(steps);
      boolean polar = bounds[2] <= -POLE || bounds[3] >= POLE; // all longitudes are near
      if (steps > 1 && (polar || !covers(centre, steps, bounds))) {
        steps = polar ? 1 : steps - 1;
        centre = centreBox(steps);
      }
      Set<Long> boxes = new LinkedHashSet<>();
      for (int column = -1; column <= 1; column++) {
        for (int row = -1; row <= 1; row++) {
          boxes.add(GeoHash.neighbour(centre, steps, column, row));
        }
      }
      boxes.remove(centre);
      var found = new ArrayList<Found>();
      collect(zset, centre, steps, found);
      for (long box : boxes) {
        if (any && found.size() >= count && count > 0) {
          break;
        }
        collect(zset, box, steps, found);
      }
      return found;
      //< phase 2
    }

    private long centreBox(int steps) {
      double latMax = GeoHash.LATITUDE_MAX;
      double lon = Math.min(longitude, Math.nextDown(GeoHash.LONGITUDE_MAX));
      double lat = Math.min(latitude, Math.nextDown(latMax));
      return GeoHash.encode(lon, lat, -latMax, latMax, steps);
    }

    /** Whether the nine boxes reach as far as the shape does. */
    private boolean covers(long centre, int steps, double[] bounds) {
      //> phase 2: how far do the nine boxes reach in each direction?
      double[] north = GeoHash.box(GeoHash.neighbour(centre, steps, 0, 1), steps);
      double[] south = GeoHash.box(GeoHash.neighbour(centre, steps, 0, -1), steps);
      double[] east = GeoHash.box(GeoHash.neighbour(centre, steps, 1, 0), steps);
      double[] west = GeoHash.box(GeoHash.neighbour(centre, steps, -1, 0), steps);
      double reach = radius >= 0 ? radius : Math.max(width, height) / 2;
      return GeoHash.distance(longitude, latitude, longitude, north[3]) >= reach
          && GeoHash.distance(longitude, latitude, longitude, south[2]) >= reach
          && east[1] >= bounds[1]
          && west[0] <= bounds[0];
      //< phase 2
    }

    private void collect(ZsetValue zset, long box, int steps, List<Found> found) {
      //> phase 2: a box is a range of scores
      int shift = 2 * (GeoHash.STEPS - steps);
      double min = box << shift;
      double max = box + 1 << shift;
      Range range = new Range.Scores(min, false, max, true);
      ZsetValue.Place place = range.first(zset);
      while (place.isThere() && place.score() < max) {
        consider(place, found);
        if (any && count > 0 && found.size() >= count) {
          return;
        }
        place.forward();
      }
      //< phase 2
    }

    private void consider(ZsetValue.Place place, List<Found> found) {
      //> phase 2: inside of a circle, or of a rectangle on a sphere?
      long bits = (long) place.score();
      double[] at = GeoHash.decode(bits);
      double meters = GeoHash.distance(longitude, latitude, at[0], at[1]);
      boolean inside =
          radius >= 0
              ? meters <= radius
              : GeoHash.latitudeDistance(latitude, at[1]) <= height / 2
                  && GeoHash.distance(longitude, at[1], at[0], at[1]) <= width / 2;
      if (inside) {
        found.add(new Found(place.member(), at[0], at[1], meters, bits));
      }
      //< phase 2
    }

    private void store(byte[] key, List<Found> found) {
      var result = new ZsetValue(call.limits());
      for (Found f : found) {
        result.put(f.member, storeDistance ? f.meters / unit : f.bits);
      }
      ZsetSetCommands.store(
          call,
          key,
          result,
          call.command().name().equals("geosearchstore") ? "geosearchstore" : "georadiusstore");
    }

    private void reply(List<Found> found) {
      Reply reply = call.reply();
      reply.array(found.size());
      int extras = (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPlace ? 1 : 0);
      for (Found f : found) {
        if (extras > 0) {
          reply.array(extras + 1);
        }
        reply.bulk(f.member);
        if (withDistance) {
          reply.bulk(four(f.meters / unit));
        }
        if (withHash) {
          reply.integer(f.bits);
        }
        if (withPlace) {
          coordinates(reply, f.longitude, f.latitude);
        }
      }
    }
  }
}
