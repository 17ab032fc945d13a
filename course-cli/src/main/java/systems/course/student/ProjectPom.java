package systems.course.student;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;
import systems.course.catalogue.CourseException;

/**
 * The pom of a student's project: the repository's parent and the module's pom in one, without what
 * only the repository needs.
 *
 * <pre>
 *   pom.xml of the repository                pom.xml of the module
 *     properties, managed versions,            its dependencies, its properties
 *     common dependencies, plugins                  |
 *         |                                         |
 *         +---------------------+-------------------+
 *                               v
 *   used properties, dependencies with versions, toolchain, compiler, tests, jar
 * </pre>
 *
 * <p>Elements are taken as they stand, comments included, so that a version that changes in the
 * repository changes here, and what a library is for is said once. Left out: {@code -Werror} (code
 * that is half written has warnings, and they should not stop anybody), the linters, the rules of
 * the monorepo. Copying the effective pom that Maven computes was the alternative: 900 lines
 * without a comment.
 */
final class ProjectPom {
  private static final Pattern PLACEHOLDER = Pattern.compile("[$@]\\{([\\w.-]+)}");

  /** Used by plugins although no placeholder names them. */
  private static final List<String> ALWAYS =
      List.of("maven.compiler.release", "project.build.sourceEncoding");

  private static final List<String> MANAGED_PLUGINS =
      List.of("maven-clean-plugin", "maven-resources-plugin", "maven-install-plugin");
  private static final List<String> PLUGINS =
      List.of(
          "maven-toolchains-plugin",
          "maven-compiler-plugin",
          "maven-surefire-plugin",
          "maven-jar-plugin",
          "maven-dependency-plugin");

  private final Element parent;
  private final Element module;

  private ProjectPom(Element parent, Element module) {
    this.parent = parent;
    this.module = module;
  }

  /** The repository's pom and the module's as one. */
  static ProjectPom of(Path repositoryPom, Path modulePom) {
    return new ProjectPom(read(repositoryPom), read(modulePom));
  }

  /** The version of the course. */
  String version() {
    return text(parent, "version").orElse("");
  }

  String text(String artifact, String name) {
    String dependencies = dependencies();
    String plugins = plugins();
    String boms = boms();
    return """
    <?xml version="1.0" encoding="UTF-8"?>
    <project xmlns="http://maven.apache.org/POM/4.0.0"
             xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">
      <modelVersion>4.0.0</modelVersion>
      <groupId>student</groupId>
      <artifactId>%s</artifactId>
      <version>1.0.0-SNAPSHOT</version>
      <name>%s</name>

      <properties>
    %s  </properties>

    %s  <dependencies>
    %s  </dependencies>

      <build>
        <finalName>${project.artifactId}</finalName>
    %s  </build>
    </project>
    """
        .formatted(
            artifact,
            escaped(name),
            properties(dependencies + boms + plugins),
            boms,
            dependencies,
            plugins);
  }

  private String properties(String body) {
    Map<String, Element> known = new LinkedHashMap<>();
    Map<String, String> values = new LinkedHashMap<>();
    for (Element pom : List.of(parent, module)) {
      for (Element each : child(pom, "properties").map(ProjectPom::children).orElse(List.of())) {
        known.putIfAbsent(each.getTagName(), each);
        values.put(each.getTagName(), each.getTextContent());
      }
    }
    Set<String> needed = new LinkedHashSet<>(ALWAYS);
    needed.addAll(placeholders(body));
    for (int before = -1; before != needed.size(); ) {
      before = needed.size();
      for (String name : List.copyOf(needed)) {
        needed.addAll(placeholders(values.getOrDefault(name, "")));
      }
    }
    var text = new StringBuilder();
    known.forEach((name, element) -> {
      if (needed.contains(name)) {
        commentBefore(element).ifPresent(comment -> text.append(comment).append('\n'));
        text.append("    ").append(line(name, values.getOrDefault(name, "")));
      }
    });
    return text.toString();
  }

  private static Set<String> placeholders(String text) {
    Set<String> names = new LinkedHashSet<>();
    Matcher each = PLACEHOLDER.matcher(text);
    while (each.find()) {
      names.add(each.group(1));
    }
    return names;
  }

  private static Optional<String> commentBefore(Element element) {
    Node before = element.getPreviousSibling();
    while (before != null && before.getNodeType() == Node.TEXT_NODE) {
      before = before.getPreviousSibling();
    }
    return before == null || before.getNodeType() != Node.COMMENT_NODE
        ? Optional.empty()
        : Optional.of("    <!--" + before.getNodeValue() + "-->");
  }

  private String dependencies() {
    var text = new StringBuilder();
    for (Element pom : List.of(module, parent)) {
      for (Element dependency : in(pom, "dependencies")) {
        text.append(dependency(dependency));
      }
    }
    return text.toString();
  }

  private String dependency(Element dependency) {
    Optional<Element> managed =
        in(child(parent, "dependencyManagement").orElseThrow(), "dependencies").stream()
            .filter(each -> same(each, dependency, "groupId"))
            .filter(each -> same(each, dependency, "artifactId"))
            .findFirst();
    String purpose = comment(dependency).or(() -> managed.flatMap(ProjectPom::comment)).orElse("");
    var text = new StringBuilder("    <dependency>");
    text.append(purpose.isEmpty() ? "" : " <!--" + purpose + "-->").append('\n');
    for (String name : List.of("groupId", "artifactId", "version", "classifier", "scope")) {
      Optional<String> value =
          text(dependency, name).or(() -> managed.flatMap(each -> text(each, name)));
      value.ifPresent(v -> text.append("      ").append(line(name, v)));
    }
    return text.append("    </dependency>\n").toString();
  }

  /** Lists of versions that are imported; dependencies without a version of their own need them. */
  private String boms() {
    var text = new StringBuilder();
    for (Element managed :
        in(child(parent, "dependencyManagement").orElseThrow(), "dependencies")) {
      if (text(managed, "scope").equals(Optional.of("import"))) {
        text.append(indented(managed, 6));
      }
    }
    return text.isEmpty()
        ? ""
        : """
          <dependencyManagement>
            <dependencies>
        %s    </dependencies>
          </dependencyManagement>

        """
            .formatted(text);
  }

  private static boolean same(Element one, Element other, String name) {
    return text(one, name).equals(text(other, name));
  }

  private String plugins() {
    Element managed = child(child(parent, "build").orElseThrow(), "pluginManagement").orElseThrow();
    var text =
        new StringBuilder("    <pluginManagement>\n      <plugins> <!-- nothing floats -->\n");
    for (String name : MANAGED_PLUGINS) {
      plugin(managed, name).ifPresent(each -> text.append(indented(each, 8)));
    }
    text.append("      </plugins>\n    </pluginManagement>\n    <plugins>\n");
    for (String name : PLUGINS) {
      plugin(managed, name).ifPresent(each -> text.append(indented(completed(name, each), 6)));
    }
    return text.append("    </plugins>\n").toString();
  }

  private static Optional<Element> plugin(Element holder, String artifact) {
    return in(holder, "plugins").stream()
        .filter(each -> text(each, "artifactId").equals(Optional.of(artifact)))
        .findFirst();
  }

  /** With the executions that the parent's own build adds, without what stops a beginner. */
  private Element completed(String name, Element plugin) {
    Element whole = (Element) plugin.cloneNode(true);
    if (child(whole, "executions").isEmpty()) {
      plugin(child(parent, "build").orElseThrow(), name)
          .flatMap(used -> child(used, "executions"))
          .ifPresent(executions -> appendLine(whole, executions));
    }
    for (Element argument : descendants(whole, "arg")) {
      if (argument.getTextContent().equals("-Werror")) {
        removeLine(argument);
      }
    }
    child(module, "build")
        .flatMap(build -> plugin(build, name))
        .ifPresent(own -> addArguments(whole, descendants(own, "arg")));
    return whole;
  }

  /** What the module's own pom tells the compiler beside what the parent's does. */
  private static void addArguments(Element whole, List<Element> arguments) {
    descendants(whole, "compilerArgs")
        .forEach(holder -> {
          Node end = holder.getLastChild();
          for (Element argument : arguments) {
            Node moved = holder.getOwnerDocument().importNode(argument, true);
            holder.insertBefore(holder.getOwnerDocument().createTextNode("\n              "), end);
            holder.insertBefore(moved, end);
          }
        });
  }

  private static void appendLine(Element holder, Element executions) {
    Node moved = executions.cloneNode(true);
    indent(moved);
    Node end = holder.getLastChild();
    holder.insertBefore(holder.getOwnerDocument().createTextNode("\n          "), end);
    holder.insertBefore(moved, end);
  }

  /** One level: elements of the parent's build stand one further to the left than managed ones. */
  private static void indent(Node node) {
    if (node.getNodeType() == Node.TEXT_NODE) {
      node.setNodeValue(node.getNodeValue().replace("\n", "\n  "));
    }
    for (Node each = node.getFirstChild(); each != null; each = each.getNextSibling()) {
      indent(each);
    }
  }

  private static void removeLine(Element element) {
    Node before = element.getPreviousSibling();
    if (before != null && before.getNodeType() == Node.TEXT_NODE) {
      before.getParentNode().removeChild(before);
    }
    element.getParentNode().removeChild(element);
  }

  private static Element read(Path file) {
    try {
      var factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      var bytes = new ByteArrayInputStream(Files.readAllBytes(file));
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(new DefaultHandler()); // throws; the one before prints as well
      return builder.parse(bytes).getDocumentElement();
    } catch (SAXException e) {
      throw CourseException.malformed(file, 0, "not XML: " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's own XML parser lacks a feature", e);
    }
  }

  private static List<Element> children(Element element) {
    List<Element> children = new ArrayList<>();
    for (Node each = element.getFirstChild(); each != null; each = each.getNextSibling()) {
      if (each instanceof Element child) {
        children.add(child);
      }
    }
    return children;
  }

  private static Optional<Element> child(Element element, String name) {
    return children(element).stream().filter(each -> each.getTagName().equals(name)).findFirst();
  }

  private static List<Element> in(Element element, String name) {
    return child(element, name).map(ProjectPom::children).orElse(List.of());
  }

  private static List<Element> descendants(Element element, String name) {
    List<Element> found = new ArrayList<>();
    for (Element child : children(element)) {
      if (child.getTagName().equals(name)) {
        found.add(child);
      }
      found.addAll(descendants(child, name));
    }
    return found;
  }

  private static Optional<String> text(Element element, String name) {
    return child(element, name).map(Node::getTextContent);
  }

  /** The comment that an element begins with. */
  private static Optional<String> comment(Element element) {
    for (Node each = element.getFirstChild(); each != null; each = each.getNextSibling()) {
      if (each.getNodeType() == Node.COMMENT_NODE) {
        return Optional.of(each.getNodeValue());
      }
      if (each instanceof Element) {
        break;
      }
    }
    return Optional.empty();
  }

  /** An element as it stands, its lines moved so that the first one has this indentation. */
  private static String indented(Element element, int columns) {
    List<String> lines = serialized(element).lines().toList();
    String last = lines.getLast();
    int before = last.length() - last.stripLeading().length();
    var text = new StringBuilder(" ".repeat(columns)).append(lines.getFirst()).append('\n');
    for (String line : lines.subList(1, lines.size())) {
      int own = line.length() - line.stripLeading().length();
      text.append(" ".repeat(Math.max(0, own - before + columns))).append(line.strip());
      text.append('\n');
    }
    return text.toString();
  }

  private static String serialized(Element element) {
    try {
      Transformer identity = TransformerFactory.newInstance().newTransformer();
      identity.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      var written = new StringWriter();
      identity.transform(new DOMSource(element), new StreamResult(written));
      return written.toString();
    } catch (TransformerException e) {
      throw new IllegalStateException("cannot write an element that was just read", e);
    }
  }

  private static String line(String name, String value) {
    return value.isEmpty()
        ? "<%s/>\n".formatted(name)
        : "<%s>%s</%s>\n".formatted(name, escaped(value), name);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }
}
