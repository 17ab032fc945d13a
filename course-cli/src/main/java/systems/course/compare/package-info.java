/**
 * A student's code against the reference, by type and signature; and hints on the way there.
 *
 * <pre>
 *   sources (text)                      COMMENTARY.md, lectures
 *      |  Program: types and members        |  Passages: headings, paragraphs,
 *      |  Token, Statement: their text      |  what they name in code font
 *      v                                    |
 *   Matching    which member is which       |
 *      v                                    |
 *   MemberDiff  where two members differ    |
 *      v                                    v
 *   Comparison  by phase: counts, sizes, public API, what explains the choice
 *      |
 *      +--> TextReport   for a terminal, bounded
 *      +--> HtmlReport   one file, side by side, whole
 *
 *   Hints       question, lecture, solution: one a call
 * </pre>
 */
@NullMarked
package systems.course.compare;

import org.jspecify.annotations.NullMarked;
