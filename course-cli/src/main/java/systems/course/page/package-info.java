/**
 * The course's Markdown, and that the code in it does not rot.
 *
 * <pre>
 *   Pages               all pages of a checkout, all checks
 *     |
 *     +-- Quotations    java blocks with file and symbol say what the source says
 *     |     +-- Declarations     where a symbol begins and ends in a source
 *     +-- JavaBlocks    other java blocks compile
 *     +-- Interpreters  python, ts and sh blocks parse, by the programs themselves
 *     +-- Notations     console, dot, yaml and json blocks have their form
 *     +-- Links         links lead somewhere
 *     +-- Lecture       a lecture has the parts of a lecture
 *     v
 *   Page, Block, Prose         a Markdown file and its fenced blocks; InfoString, Language
 *   Problem             page, line, sentence
 * </pre>
 */
@NullMarked
package systems.course.page;

import org.jspecify.annotations.NullMarked;
