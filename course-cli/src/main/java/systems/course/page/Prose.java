package systems.course.page;

import java.util.ArrayList;
import java.util.List;

/** What is between the blocks of a page. */
final class Prose {
  /** A line of a page, numbered from 1. */
  record Line(int number, String text) {}

  private Prose() {}

  static List<Line> of(Page page) {
    List<Line> prose = new ArrayList<>();
    int next = 1;
    for (Block block : page.blocks()) {
      add(page, next, block.line(), prose);
      next = block.line() + block.content().size() + 2;
    }
    add(page, next, page.lines().size() + 1, prose);
    return prose;
  }

  private static void add(Page page, int from, int to, List<Line> prose) {
    for (int number = from; number < to; number++) {
      prose.add(new Line(number, page.lines().get(number - 1)));
    }
  }
}
