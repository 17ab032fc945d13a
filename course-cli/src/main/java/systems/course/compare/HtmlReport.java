package systems.course.compare;

import static systems.course.compare.HtmlText.code;
import static systems.course.compare.HtmlText.escaped;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import systems.course.compare.Item.Standing;
import systems.course.compare.MemberDiff.Row;
import systems.course.compare.Passages.Passage;

/**
 * A comparison as one HTML file that needs nothing else: no script, no request, its style inside.
 *
 * <pre>
 *   summary     a row for each phase, linked to
 *   phase       its differences, then what only one side has, what is open, what is the same
 *   member      a details element: closed and opened by mouse, Enter or blank
 *   statement   a table row, the reference on the left; on a narrow screen one above the other,
 *               and what is the same on both sides once
 * </pre>
 *
 * <p>The content-security policy in its head forbids all requests, so that no text from a source
 * can ever cause one; and every text is escaped on its way in.
 */
public final class HtmlReport {
  /** Members with more statements are there, but closed. */
  private static final int OPENED_ROWS_MAX = 60;

  private static final int NAMES_MAX = 300;

  private static final List<Standing> COLUMNS =
      List.of(Standing.SAME, Standing.DIFFERS, Standing.OPEN, Standing.MISSING, Standing.ADDED);

  private final StringBuilder html = new StringBuilder();

  private HtmlReport() {}

  /**
   * The whole file.
   *
   * @param module its name
   */
  public static String of(String module, Comparison comparison) {
    var report = new HtmlReport();
    report.head(module);
    report.summary(module, comparison);
    comparison.phases().forEach(report::phase);
    report.line("</main>\n</body>\n</html>");
    return report.html.toString();
  }

  private void head(String module) {
    line(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <title>%s: your code beside the reference</title>
        <style>
        %s</style>
        </head>
        <body>\
        """
            .formatted(escaped(module), style()));
  }

  private static String style() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("diff.css")) {
      return new String(
          Objects.requireNonNull(in, "diff.css").readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read diff.css", e);
    }
  }

  private void summary(String module, Comparison comparison) {
    line("<header><h1>" + escaped(module) + ": your code beside the reference</h1>");
    line(
        "<p>Members are matched by type and signature; comments, format, order and local names do"
            + " not count. Sizes are the reference's, then yours.</p>");
    comparison
        .complaints()
        .forEach(sentence -> line("<p class=\"complaint\">" + escaped(sentence) + "</p>"));
    line("</header>\n<main>\n<div class=\"wide\" tabindex=\"0\"><table class=\"summary\">");
    line(
        "<thead><tr><th scope=\"col\">phase</th><th scope=\"col\">same</th><th"
            + " scope=\"col\">differ</th><th scope=\"col\">open</th><th"
            + " scope=\"col\">missing</th><th scope=\"col\">added</th><th"
            + " scope=\"col\">lines</th><th scope=\"col\">methods</th><th"
            + " scope=\"col\">branches</th></tr></thead>\n"
            + "<tbody>");
    comparison.phases().forEach(this::summaryRow);
    line("</tbody></table></div>");
  }

  private void summaryRow(PhaseDiff phase) {
    String name =
        "<th scope=\"row\"><a href=\"#%s\">%s<span class=\"title\">%s</span></a></th>"
            .formatted(
                id(phase),
                escaped(phase.name()),
                escaped(phase.title().isEmpty() ? "" : ": " + phase.title()));
    if (!phase.isBegun()) {
      line(
          "<tr>%s<td colspan=\"8\">not begun, open bodies: %d</td></tr>"
              .formatted(name, phase.items().size()));
      return;
    }
    var row = new StringBuilder("<tr>").append(name);
    for (Standing standing : COLUMNS) {
      row.append("<td>").append(phase.count(standing)).append("</td>");
    }
    var ours = phase.referenceSize();
    var theirs = phase.studentSize();
    row.append("<td>%d : %d</td>".formatted(ours.lines(), theirs.lines()));
    row.append("<td>%d : %d</td>".formatted(ours.methods(), theirs.methods()));
    row.append("<td>%d : %d</td></tr>".formatted(ours.branches(), theirs.branches()));
    line(row.toString());
  }

  private static String id(PhaseDiff phase) {
    return phase.name().replace(' ', '-');
  }

  private void phase(PhaseDiff phase) {
    line("<section id=\"%s\">".formatted(id(phase)));
    line("<h2>" + escaped(TextReport.headingOf(phase)) + "</h2>");
    phase.items(Standing.DIFFERS).forEach(this::difference);
    phase.items(Standing.MISSING).forEach(item -> oneSide(item, "only in the reference"));
    phase.items(Standing.ADDED).forEach(item -> oneSide(item, "only in yours"));
    api(phase);
    names("still open", phase.items(Standing.OPEN));
    names("the same", phase.items(Standing.SAME));
    line("</section>");
  }

  private void difference(Item item) {
    MemberDiff diff = Objects.requireNonNull(item.diff());
    Member theirs = Objects.requireNonNull(item.student());
    int rows = diff.rows().size();
    open(
        item,
        "%d of %d statements differ".formatted(diff.differing(), rows),
        rows <= OPENED_ROWS_MAX);
    line(
        "<p class=\"place\">src/main/java/%s:%d</p>"
            .formatted(escaped(theirs.file()), theirs.firstLine()));
    item.notes().forEach(note -> line("<p class=\"note\">" + escaped(note) + "</p>"));
    line(
        "<table class=\"code\"><thead><tr><th scope=\"col\">reference</th><th"
            + " scope=\"col\">yours</th></tr></thead><tbody>");
    diff.rows().forEach(this::row);
    line("</tbody></table>");
    item.why().ifPresent(this::why);
    line("</details>");
  }

  private void row(Row row) {
    Statement ours = row.reference();
    Statement theirs = row.student();
    line(
        "<tr class=\"%s\"><td class=\"reference\">%s</td><td class=\"yours\">%s</td></tr>"
            .formatted(
                row.same() ? "same" : "differs", cell(ours, theirs, row), cell(theirs, ours, row)));
  }

  private static String cell(@Nullable Statement here, @Nullable Statement other, Row row) {
    if (here == null) {
      return "";
    }
    Set<Integer> unlike = row.same() || other == null ? Set.of() : MemberDiff.unlike(here, other);
    return code(here.text(), unlike);
  }

  private void oneSide(Item item, String where) {
    Member member = item.member();
    open(item, "%s, %d lines".formatted(where, member.lines()), false);
    line("<p class=\"place\">%s:%d</p>".formatted(escaped(member.file()), member.firstLine()));
    String side = item.standing() == Standing.ADDED ? "yours" : "reference";
    line("<table class=\"code\"><tbody>");
    for (Statement statement : Statement.of(member.text())) {
      line("<tr><td class=\"%s\">%s</td></tr>".formatted(side, code(statement.text(), Set.of())));
    }
    line("</tbody></table>");
    item.why().ifPresent(this::why);
    line("</details>");
  }

  private void open(Item item, String state, boolean opened) {
    line(
        "<details class=\"member %s\"%s><summary><code>%s</code> <span class=\"state\">%s</span></summary>"
            .formatted(
                item.standing().name().toLowerCase(Locale.ROOT),
                opened ? " open" : "",
                escaped(item.member().title()),
                state));
  }

  private void why(Passage why) {
    line(
        "<aside><p class=\"place\">%s, \u201c%s\u201d</p><p>%s</p></aside>"
            .formatted(
                escaped(why.source()), HtmlText.prose(why.heading()), HtmlText.prose(why.text())));
  }

  private void api(PhaseDiff phase) {
    List<PhaseDiff.ApiLine> lines = phase.apiDifferences();
    if (lines.isEmpty()) {
      return;
    }
    line("<details class=\"member\" open><summary>public interface</summary><ul class=\"api\">");
    for (PhaseDiff.ApiLine api : lines) {
      line(
          "<li class=\"%s\"><span class=\"state\">%s, %s:</span> <code>%s</code></li>"
              .formatted(
                  api.inReference() ? "reference" : "yours",
                  api.inReference() ? "reference" : "yours",
                  escaped(api.type()),
                  code(api.line(), Set.of())));
    }
    line("</ul></details>");
  }

  private void names(String state, List<Item> items) {
    if (items.isEmpty()) {
      return;
    }
    line(
        "<details class=\"member\"><summary>%d %s</summary><ul>"
            .formatted(items.size(), escaped(state)));
    for (Item item : items.subList(0, Math.min(NAMES_MAX, items.size()))) {
      String notes = item.notes().isEmpty() ? "" : ": " + String.join("; ", item.notes());
      line("<li><code>%s</code>%s</li>".formatted(escaped(item.member().title()), escaped(notes)));
    }
    if (items.size() > NAMES_MAX) {
      line("<li>and %d more</li>".formatted(items.size() - NAMES_MAX));
    }
    line("</ul></details>");
  }

  private void line(String text) {
    html.append(text).append('\n');
  }
}
