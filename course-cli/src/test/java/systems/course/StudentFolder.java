package systems.course;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import systems.course.exam.ToyProject;

/** A student's project of the toy module whose libraries are known, so that nobody asks Maven. */
final class StudentFolder {
  final Path folder;

  StudentFolder(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    write(".course/project", "module=toy\nphase=1\nversion=1.0.0-SNAPSHOT\n");
    write("pom.xml", "<project/>\n");
    knowLibraries(folder.resolve("pom.xml"), folder.resolve(".course/classpath"));
  }

  void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  String read(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  void replace(String file, String before, String after) throws IOException {
    String text = read(file);
    if (!text.contains(before)) {
      throw new IllegalArgumentException("%s has no %s".formatted(file, before));
    }
    write(file, text.replace(before, after));
  }

  /** Writes what Maven would have said about this pom. */
  static void knowLibraries(Path pom, Path kept) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(pom));
      List<String> lines = new ArrayList<>(List.of(HexFormat.of().formatHex(digest)));
      ToyProject.libraries().forEach(jar -> lines.add(jar.toString()));
      Files.createDirectories(kept.getParent());
      Files.write(kept, lines);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
