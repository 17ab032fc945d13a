package systems.net.web;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The query as names and values, in the form that HTML forms send: {@code a=1&b=two+words}. A name
 * that comes again keeps its first value.
 */
final class Query {
  static final int FIELDS_MAX = 64;

  private final Map<String, String> fields = new LinkedHashMap<>();

  private Query() {}

  static Query of(@Nullable String text) throws Refused {
    var query = new Query();
    if (text == null || text.isEmpty()) {
      return query;
    }
    String[] fields = text.split("&", FIELDS_MAX + 1);
    if (fields.length > FIELDS_MAX) {
      throw new Refused(400, "more than " + FIELDS_MAX + " fields in the query");
    }
    for (String field : fields) {
      int equals = field.indexOf('=');
      int nameTo = equals < 0 ? field.length() : equals;
      String name = decoded(field.substring(0, nameTo));
      query.fields.putIfAbsent(name, equals < 0 ? "" : decoded(field.substring(equals + 1)));
    }
    return query;
  }

  private static String decoded(String text) throws Refused {
    String blanks = text.replace('+', ' ');
    return Percent.decode(blanks, 0, blanks.length());
  }

  @Nullable String get(String name) {
    return fields.get(name);
  }

  /** A number, or what is to be taken without one. */
  long number(String name, long usual, long max) throws Refused {
    String text = fields.get(name);
    if (text == null) {
      return usual;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException none) {
      // said below, like a number that is too large
    }
    throw new Refused(400, name + " is a number from 0 to " + max);
  }
}
