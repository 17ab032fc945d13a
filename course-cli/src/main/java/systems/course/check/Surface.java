package systems.course.check;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What other sources can see of a class: its head and all that is not private in it, constants with
 * their values, since the compiler copies those. Two class files of one surface can stand in for
 * each other without anything else being compiled again.
 */
record Surface(List<String> lines) {
  /** Anonymous and local classes, which only their own file can name. */
  private static final Pattern LOCAL = Pattern.compile(".*\\$\\d+\\w*\\.class");

  static boolean isLocal(Path classFile) {
    return LOCAL.matcher(classFile.getFileName().toString()).matches();
  }

  static Surface of(Path classFile) throws IOException {
    return of(ClassFile.of().parse(Files.readAllBytes(classFile)));
  }

  private static Surface of(ClassModel type) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s %s extends %s implements %s"
            .formatted(
                type.flags().flags(),
                type.thisClass().asInternalName(),
                type.superclass().map(PoolEntry::toString).orElse(""),
                type.interfaces()));
    type.findAttribute(Attributes.signature()).ifPresent(s -> lines.add(s.signature().toString()));
    type.findAttribute(Attributes.record()).ifPresent(r -> lines.add(r.components().toString()));
    type.findAttribute(Attributes.permittedSubclasses())
        .ifPresent(p -> lines.add(p.permittedSubclasses().toString()));
    type.fields().forEach(field -> addField(field, lines));
    type.methods().forEach(method -> addMethod(method, lines));
    return new Surface(List.copyOf(lines));
  }

  private static void addField(FieldModel field, List<String> lines) {
    if (!field.flags().has(AccessFlag.PRIVATE)) {
      lines.add(
          "%s %s %s %s %s"
              .formatted(
                  field.flags().flags(),
                  field.fieldName(),
                  field.fieldType(),
                  field.findAttribute(Attributes.signature()).map(s -> s.signature().stringValue()),
                  field
                      .findAttribute(Attributes.constantValue())
                      .map(v -> v.constant().toString())));
    }
  }

  private static void addMethod(MethodModel method, List<String> lines) {
    if (!method.flags().has(AccessFlag.PRIVATE)) {
      lines.add(
          "%s %s %s %s %s"
              .formatted(
                  method.flags().flags(),
                  method.methodName(),
                  method.methodType(),
                  method
                      .findAttribute(Attributes.signature())
                      .map(s -> s.signature().stringValue()),
                  method
                      .findAttribute(Attributes.exceptions())
                      .map(e -> e.exceptions().toString())));
    }
  }
}
