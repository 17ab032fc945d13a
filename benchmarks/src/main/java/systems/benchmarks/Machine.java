package systems.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a figure comes from: nothing that identifies the machine, all that explains the number.
 *
 * @param arch the name of the baselines' folder: x86-64 or aarch64
 * @param fileSystem type of the file system that the stores lie on
 */
public record Machine(
    String arch,
    String cpu,
    int cores,
    long memoryBytes,
    String kernel,
    String jdk,
    String fileSystem) {

  /** This machine, with the file system of a directory that exists. */
  public static Machine here(Path directory) throws IOException {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        archOf(System.getProperty("os.arch")),
        procField(Path.of("/proc/cpuinfo"), "model name", System.getProperty("os.arch")),
        Runtime.getRuntime().availableProcessors(),
        system.getTotalMemorySize(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.vendor") + " " + System.getProperty("java.runtime.version"),
        Files.getFileStore(directory).type());
  }

  /** The name by which an architecture's baselines go. */
  static String archOf(String osArch) {
    return switch (osArch) {
      case "amd64", "x86_64" -> "x86-64";
      case "arm64", "aarch64" -> "aarch64";
      default -> osArch;
    };
  }

  private static String procField(Path file, String name, String otherwise) throws IOException {
    if (!Files.exists(file)) {
      return otherwise;
    }
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(otherwise);
    }
  }

  /** One line for a table's head. */
  public String describe() {
    return cpu
        + ", "
        + cores
        + " cores, "
        + Math.round(memoryBytes / 1073741824.0)
        + " GiB, "
        + fileSystem
        + ", "
        + kernel
        + ", "
        + jdk;
  }

  /** As it stands in a results file. */
  public Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("arch", arch);
    json.put("cpu", cpu);
    json.put("cores", cores);
    json.put("memoryBytes", memoryBytes);
    json.put("kernel", kernel);
    json.put("jdk", jdk);
    json.put("fileSystem", fileSystem);
    return json;
  }
}
