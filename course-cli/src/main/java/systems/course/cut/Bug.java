package systems.course.cut;

import java.nio.file.Path;

/**
 * A line that a plausible wrong solution would have.
 *
 * @param name what goes wrong, in one word; unique in a module
 * @param phase the phase whose tests must notice
 * @param file where the line stands, as it is shown to people
 * @param line counted from 1, in the file with its markers
 * @param original the right line, without indentation and marker
 * @param replacement the wrong one; {@code ;} where the right one is left out
 * @param question of the body that holds the line, or that stands closest before the region that
 *     does; empty for a line that students are given
 */
public record Bug(
    String name,
    int phase,
    Path file,
    int line,
    String original,
    String replacement,
    String question) {}
