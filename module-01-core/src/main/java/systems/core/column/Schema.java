package systems.core.column;

import java.util.List;

/** The columns of a table in their order. */
public record Schema(List<Field> fields) {
  public Schema {
    fields = List.copyOf(fields);
  }

  /**
   * The column of that name, whatever the case of its letters, or -1. The first where two match.
   */
  public int indexOf(String name) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }
}
