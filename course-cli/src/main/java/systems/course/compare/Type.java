package systems.course.compare;

import java.util.List;
import java.util.stream.Stream;

/**
 * A class, interface, enum, record or annotation with its own members; nested types stand for
 * themselves.
 *
 * @param name with its outer types: {@code KeyDir.Stripe}
 */
record Type(String packageName, String name, Member header, List<Member> members) {

  String qualifiedName() {
    return packageName.isEmpty() ? name : packageName + "." + name;
  }

  String simpleName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  Stream<Member> headerAndMembers() {
    return Stream.concat(Stream.of(header), members.stream());
  }
}
