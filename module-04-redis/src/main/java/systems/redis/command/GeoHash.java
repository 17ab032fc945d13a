package systems.redis.command;

/**
 * Places on the earth as numbers that sort by nearness: 26 bits of each coordinate, interleaved.
 *
 * <pre>
 *   bits of longitude: x, of latitude: y        x y x y x y ...   52 bits: fits a score exactly
 *   the first 2k bits name a box; each further pair halves it both ways
 * </pre>
 *
 * <p>A circle or a box is searched in the nine boxes around its centre that are as large as its
 * radius. Distances are of the haversine formula on a sphere.
 */
final class GeoHash {
  static final double LONGITUDE_MAX = 180;
  static final double LATITUDE_MAX = 85.05112878;
  private static final double EARTH_METERS = 6372797.560856;
  private static final double MERCATOR_MAX = 20037726.37;
  static final int STEPS = 26;

  private GeoHash() {}

  /** The 52 bits of a place. */
  static long encode(double longitude, double latitude) {
    return encode(longitude, latitude, -LATITUDE_MAX, LATITUDE_MAX, STEPS);
  }

  static long encode(double longitude, double latitude, double latMin, double latMax, int steps) {
    //> phase 2: two numbers of 26 bits become one of 52
    double x = (longitude + LONGITUDE_MAX) / (2 * LONGITUDE_MAX);
    double y = (latitude - latMin) / (latMax - latMin);
    long xi = (long) (x * (1L << steps));
    long yi = (long) (y * (1L << steps));
    assert xi >= 0 && xi <= 1L << steps && yi >= 0 && yi <= 1L << steps : "no place on the map";
    return interleave(yi & 0xffffffffL, xi & 0xffffffffL);
    //< phase 2
  }

  /** Bits of the first in the even places, of the second in the odd ones. */
  private static long interleave(long even, long odd) {
    return spread(even) | spread(odd) << 1;
  }

  private static long spread(long v) {
    long x = v;
    x = (x | x << 16) & 0x0000FFFF0000FFFFL;
    x = (x | x << 8) & 0x00FF00FF00FF00FFL;
    x = (x | x << 4) & 0x0F0F0F0F0F0F0F0FL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & 0x5555555555555555L;
  }

  private static long gather(long v) {
    long x = v & 0x5555555555555555L;
    x = (x | x >>> 1) & 0x3333333333333333L;
    x = (x | x >>> 2) & 0x0F0F0F0F0F0F0F0FL;
    x = (x | x >>> 4) & 0x00FF00FF00FF00FFL;
    x = (x | x >>> 8) & 0x0000FFFF0000FFFFL;
    return (x | x >>> 16) & 0x00000000FFFFFFFFL;
  }

  /** The middle of the smallest box: longitude, latitude. */
  static double[] decode(long bits) {
    double[] box = box(bits, STEPS);
    double longitude = (box[0] + box[1]) / 2;
    double latitude = (box[2] + box[3]) / 2;
    return new double[] {
      Math.max(-LONGITUDE_MAX, Math.min(LONGITUDE_MAX, longitude)),
      Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude))
    };
  }

  /** A box's longitudes and latitudes: from, to, from, to. */
  static double[] box(long bits, int steps) {
    long yi = gather(bits);
    long xi = gather(bits >>> 1);
    double cells = 1L << steps;
    double latSize = 2 * LATITUDE_MAX;
    return new double[] {
      -LONGITUDE_MAX + xi / cells * 360,
      -LONGITUDE_MAX + (xi + 1) / cells * 360,
      -LATITUDE_MAX + yi / cells * latSize,
      -LATITUDE_MAX + (yi + 1) / cells * latSize
    };
  }

  /** Meters between two places. */
  static double distance(double lon1, double lat1, double lon2, double lat2) {
    //> phase 2: the haversine formula; what if both have the same longitude?
    double a1 = Math.toRadians(lat1);
    double a2 = Math.toRadians(lat2);
    double v = Math.sin((Math.toRadians(lon2) - Math.toRadians(lon1)) / 2);
    if (v == 0) {
      return EARTH_METERS * Math.abs(a2 - a1);
    }
    double u = Math.sin((a2 - a1) / 2);
    double a = u * u + Math.cos(a1) * Math.cos(a2) * v * v;
    return 2 * EARTH_METERS * Math.asin(Math.sqrt(a));
    //< phase 2
  }

  static double latitudeDistance(double lat1, double lat2) {
    return EARTH_METERS * Math.abs(Math.toRadians(lat2) - Math.toRadians(lat1));
  }

  /** How many pairs of bits name a box as large as the radius at this latitude. */
  static int steps(double radius, double latitude) {
    if (radius == 0) {
      return STEPS;
    }
    int step = 1;
    for (double r = radius; r < MERCATOR_MAX; r *= 2) {
      step++;
    }
    step -= 2;
    if (Math.abs(latitude) > 66) {
      step--;
      if (Math.abs(latitude) > 80) {
        step--;
      }
    }
    return Math.max(1, Math.min(STEPS, step));
  }

  /**
   * Degrees around a centre that hold a box of width and height in meters: lon, lat from and to.
   */
  static double[] bounds(double longitude, double latitude, double width, double height) {
    double latDelta = Math.toDegrees(height / 2 / EARTH_METERS);
    double lonTop =
        Math.toDegrees(width / 2 / EARTH_METERS / Math.cos(Math.toRadians(latitude + latDelta)));
    double lonBottom =
        Math.toDegrees(width / 2 / EARTH_METERS / Math.cos(Math.toRadians(latitude - latDelta)));
    double lon = latitude < 0 ? lonBottom : lonTop;
    return new double[] {
      longitude - lon, longitude + lon, latitude - latDelta, latitude + latDelta
    };
  }

  /** The box next to one, so many columns and rows away. */
  static long neighbour(long bits, int steps, int columns, int rows) {
    assert steps >= 1 && steps <= STEPS : "a box of no bits has no neighbour";
    long mask = (1L << steps) - 1;
    long yi = gather(bits) + rows & mask;
    long xi = gather(bits >>> 1) + columns & mask;
    return interleave(yi, xi);
  }

  /** The usual text of eleven letters. */
  static String text(double longitude, double latitude) {
    String alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
    long bits = encode(longitude, latitude, -90, 90, STEPS);
    var text = new StringBuilder();
    for (int i = 0; i < 11; i++) {
      int index = i == 10 ? 0 : (int) (bits >>> 52 - (i + 1) * 5) & 31;
      text.append(alphabet.charAt(index));
    }
    return text.toString();
  }
}
