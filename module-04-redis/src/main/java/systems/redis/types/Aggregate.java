package systems.redis.types;

/** A value that consists of elements; a key whose value has lost the last one goes away. */
public sealed interface Aggregate permits ListValue, SetValue, HashValue, ZsetValue, StreamValue {
  /** Elements, fields, members or entries. */
  long size();

  /** What {@code OBJECT ENCODING} says. */
  String encoding();

  /** An estimate of the memory in bytes, from samples where counting would take long. */
  long memoryBytes();
}
