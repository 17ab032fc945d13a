package systems.core.tool;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Invents a file of temperatures in the form of the One Billion Row Challenge, the same for the
 * same seed: stations in random order, each with a mean of its own and ten degrees of deviation.
 */
final class Weather {
  static final int STATIONS_MAX = 10_000;

  private static final List<String> CITIES =
      List.of(
          "Abha",
          "Accra",
          "Addis Ababa",
          "Algiers",
          "Almaty",
          "Amsterdam",
          "Ankara",
          "Athens",
          "Baku",
          "Bergen",
          "Berlin",
          "Bogotá",
          "Brno",
          "Cairo",
          "Chișinău",
          "Córdoba",
          "Dakar",
          "Düsseldorf",
          "Edinburgh",
          "Genoa",
          "Hà Nội",
          "Helsinki",
          "Istanbul",
          "Jos",
          "Kraków",
          "Kyiv",
          "La Paz",
          "Lagos",
          "Lisbon",
          "Malmö",
          "Minsk",
          "Nairobi",
          "Oslo",
          "Ouagadougou",
          "Petropavlovsk-Kamchatsky",
          "Prague",
          "Quito",
          "Reykjavík",
          "Riga",
          "Rome",
          "San Diego",
          "Seville",
          "Skopje",
          "Sofia",
          "Tallinn",
          "Tbilisi",
          "Tirana",
          "Tromsø",
          "Ulaanbaatar",
          "Vienna",
          "Vilnius",
          "Warsaw",
          "Xi'an",
          "Yakutsk",
          "Yellowknife",
          "Zagreb",
          "Zürich");

  private static final List<String> SYLLABLES =
      List.of(
          "ba", "ber", "dal", "fjo", "gar", "hö", "ka", "lin", "mar", "nes", "or", "pu", "ra",
          "sta", "tal", "ur", "vík", "wa", "xe", "yo", "zen");

  private static final double DEVIATION = 10;
  private static final int TENTHS_MAX = 999;
  private static final int BUFFER_BYTES = 1 << 18;

  private final SplittableRandom random;
  private final byte[][] names;
  private final double[] means;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int size;

  private Weather(int stations, long seed) {
    random = new SplittableRandom(seed);
    names = names(stations, random);
    means = random.doubles(stations, -12, 32).toArray();
  }

  /** Writes so many lines. */
  static void write(Path file, long rows, int stations, long seed) throws IOException {
    var weather = new Weather(stations, seed);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long row = 0; row < rows; row++) {
        weather.line();
        if (weather.size > BUFFER_BYTES - 256) {
          out.write(weather.buffer, 0, weather.size);
          weather.size = 0;
        }
      }
      out.write(weather.buffer, 0, weather.size);
    }
  }

  private static byte[][] names(int stations, SplittableRandom random) {
    Set<String> names = new LinkedHashSet<>(CITIES.subList(0, Math.min(stations, CITIES.size())));
    while (names.size() < stations) {
      names.add(name(random));
    }
    return names.stream().map(n -> n.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
  }

  private static String name(SplittableRandom random) {
    var name = new StringBuilder();
    int syllables = random.nextInt(2, 5);
    for (int i = 0; i < syllables; i++) {
      name.append(SYLLABLES.get(random.nextInt(SYLLABLES.size())));
    }
    name.setCharAt(0, Character.toUpperCase(name.charAt(0)));
    return random.nextInt(6) == 0 ? "Port " + name : name.toString();
  }

  private void line() {
    int station = random.nextInt(names.length);
    byte[] name = names[station];
    System.arraycopy(name, 0, buffer, size, name.length);
    size += name.length;
    buffer[size++] = ';';
    double celsius = means[station] + DEVIATION * random.nextGaussian();
    int tenths = Math.clamp(Math.round(10 * celsius), -TENTHS_MAX, TENTHS_MAX);
    temperature(tenths);
    buffer[size++] = '\n';
  }

  private void temperature(int tenths) {
    if (tenths < 0) {
      buffer[size++] = '-';
    }
    int rest = Math.abs(tenths);
    if (rest >= 100) {
      buffer[size++] = (byte) ('0' + rest / 100);
    }
    buffer[size++] = (byte) ('0' + rest / 10 % 10);
    buffer[size++] = '.';
    buffer[size++] = (byte) ('0' + rest % 10);
  }
}
