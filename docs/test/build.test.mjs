// The pieces that make the pages, on small repositories and texts.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { collect } from '../build/collect.mjs'
import { drawDiagram, themeColour } from '../build/diagram.mjs'
import { highlightLines } from '../build/highlight.mjs'
import { withTabs } from '../build/languages.mjs'
import { consoleHtml } from '../build/markdown.mjs'
import { minutesOf, schedule, workOf } from '../build/plans.mjs'
import { cleanSource, lineOf } from '../build/sources.mjs'

const folders = []
after(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true })))

const RESULTS = JSON.stringify({
  rival: 'a rival',
  machine: { cpu: 'a processor', cores: 2, memoryBytes: 2 ** 33, fileSystem: 'ext4', kernel: 'Linux', jdk: '25' },
  workloads: {
    read: { what: 'gets', date: '2026-01-02', rounds: 3, rate: { ratio: { median: 2.5, min: 2, max: 3 }, ours: 2500, rival: 1000, goal: '>= 1.50x', met: true } },
    open: { what: 'opens', date: '2026-01-02', rounds: 3, time: { ratio: { median: 4, min: 4, max: 4 }, ours: 4e6, rival: 1e6, goal: '<= 1.00x', met: false } },
  },
})

/** A repository with one module, and what a test changes in it. */
function repository(files = {}) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'site-'))
  folders.push(root)
  const all = {
    'README.md': '# The start\n\n| module | system | standard | today |\n|---|---|---|---|\n| module-03-toy | a toy | none | stands |\n| module-04-later | a later one | RESP | planned |\n',
    'CONTRIBUTING.md': '# Contributing\n',
    'benchmarks/README.md': '# Benchmarks\n',
    'benchmarks/results/toy.json': RESULTS,
    'module-03-toy/course.yaml': 'id: toy\nnumber: 3\ntitle: a toy\nstandard: none\nstate: stands\nphases:\n  - {number: 1, title: first, minutes: 90, goal: It starts.}\n',
    'module-03-toy/README.md': '# A toy\n\nRead [the first](lectures/01-first.md#idea).\n',
    'module-03-toy/lectures/01-first.md': '---\ntitle: The first\nminutes: 50\nphase: 1\n---\n# The first\n\n## Idea\n',
    'module-03-toy/src/main/java/systems/toy/Toy.java': 'class Toy {\n  //> phase 1: what?\n  int play() {\n    return 1; //~ two: return 2;\n  }\n  //< phase 1\n}\n',
    ...Object.fromEntries(['index', 'architecture', 'production', 'guide/index', 'guide/before-the-first-class', 'guide/a-class', 'guide/assessment', 'guide/what-goes-wrong', 'guide/plans'].map((name) => [`docs/pages/${name}.md`, `# ${name}\n\n<!-- modules -->\n`])),
    ...files,
  }
  for (const [name, text] of Object.entries(all)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    fs.writeFileSync(path.join(root, name), text)
  }
  return root
}

function pageOf(root, name) {
  collect(root)
  return fs.readFileSync(path.join(root, 'docs/.pages', name), 'utf8')
}

test('a module appears when its folder does, and a planned one is shown as planned', () => {
  const home = pageOf(repository(), 'index.md')
  assert.match(home, /<a class="name" href="\/module-03-toy\/">a toy<\/a>.*1 phase, 1 lecture<br>2\.3 hours/)
  assert.match(home, /<li class="planned">.*a later one.*planned/)
  const folder = 'module-04-later'
  const grown = pageOf(repository({
    [`${folder}/course.yaml`]: 'id: later\nnumber: 4\ntitle: a later one\nstate: stands\nphases:\n  - {number: 1, title: only, minutes: 60, goal: Runs.}\n',
    [`${folder}/README.md`]: '# Later\n',
  }), 'index.md')
  assert.match(grown, /<a class="name" href="\/module-04-later\/">a later one<\/a>/)
})

test('a module that is being built has its pages, and no schedule counts it', () => {
  const folder = 'module-04-later'
  const course = 'id: later\nnumber: 4\ntitle: a later one\nstate: building\nphases:\n  - {number: 1, title: only, minutes: 60, goal: Runs.}\n'
  const plans = { 'docs/pages/guide/plans.md': '# Plans\n\n<!-- sums -->\n\n<!-- plan: term -->\n\n<!-- plan: part-time -->\n\n<!-- plan: intensive -->\n' }
  const root = repository({ ...plans, [`${folder}/course.yaml`]: course, [`${folder}/README.md`]: '# Later\n' })
  assert.match(pageOf(root, 'index.md'), /href="\/module-04-later\/">.*<br>building/)
  const page = pageOf(root, 'guide/plans.md')
  assert.equal(page.match(/2\.3 hours of work/g).length, 3)
  assert.equal(page.match(/Planned and not counted: 4 a later one\./g).length, 3)
  assert.doesNotMatch(page, /module-04-later/)
  const bare = pageOf(repository({ [`${folder}/course.yaml`]: course }), 'index.md')
  assert.match(bare, /<li class="planned">.*a later one.*building/)
})

test('links between files become links between pages', () => {
  const page = pageOf(repository(), 'module-03-toy/index.md')
  assert.match(page, /\[the first\]\(\/module-03-toy\/lectures\/01-first#idea\)/)
})

test('a link to a source leads to its page, and one in code stays as it is', () => {
  const root = repository({ 'module-03-toy/COMMENTARY.md': '# Why\n\n[`Toy`](src/main/java/systems/toy/Toy.java), `[x](y.md)`\n\n```text\n[x](z.md)\n```\n' })
  const page = pageOf(root, 'module-03-toy/commentary.md')
  assert.match(page, /\[`Toy`\]\(\/source\/module-03-toy\/src\/main\/java\/systems\/toy\/Toy-java\)\{target="_self"\}/)
  assert.match(page, /`\[x\]\(y\.md\)`/)
  assert.match(page, /^\[x\]\(z\.md\)$/m)
})

const FAULTS = {
  'a link to nowhere': [{ 'module-03-toy/README.md': '# A toy\n\n[gone](lectures/09-gone.md)\n' },
    'module-03-toy/README.md:3: the link to lectures/09-gone.md leads nowhere: there is no module-03-toy/lectures/09-gone.md'],
  'a link out of the repository': [{ 'module-03-toy/README.md': '# A toy\n\n[out](../../x.md)\n' }, 'module-03-toy/README.md:3: the link to ../../x.md leads nowhere'],
  'a figure that no results file has': [{ 'module-03-toy/README.md': '# A toy\n\n{{figure toy workloads.read.rate.ratio.middle}}\n' },
    'module-03-toy/README.md:3: benchmarks/results/toy.json has no figure workloads.read.rate.ratio.middle'],
  'figures of a file that is not there': [{ 'module-03-toy/README.md': '# A toy\n\n<!-- figures: nothing -->\n' }, 'module-03-toy/README.md:3: there is no benchmarks/results/nothing.json'],
  'a plan that is not known': [{ 'docs/pages/guide/plans.md': '# Plans\n\n<!-- plan: never -->\n' }, 'docs/pages/guide/plans.md:3: there is no plan never'],
  'a lecture without minutes': [{ 'module-03-toy/lectures/01-first.md': '# The first\n' }, 'module-03-toy/lectures/01-first.md:1: a lecture says its length'],
  'a lecture of a phase that is not there': [{ 'module-03-toy/lectures/01-first.md': '---\nminutes: 5\nphase: 7\n---\n# The first\n' }, 'phase 7 is not in module-03-toy/course.yaml'],
  'a page without a title': [{ 'module-03-toy/README.md': 'Nothing.\n' }, 'module-03-toy/README.md:1: a page has a title'],
}
for (const [name, [files, message]] of Object.entries(FAULTS)) {
  test(`${name} stops the build, with file and line`, () => {
    assert.throws(() => collect(repository(files)), (error) => error.message.includes(message) || assert.fail(error.message))
  })
}

test('a figure is quoted by its path, and a chart shows a loss as a loss', () => {
  const text = '# Why\n\n{{figure toy workloads.read.rate.ratio.median}} times, {{figure toy workloads.open.time.ours}}.\n\n<!-- figures: toy -->\n'
  const page = pageOf(repository({ 'module-03-toy/COMMENTARY.md': text }), 'module-03-toy/commentary.md')
  assert.match(page, /^2\.50 times, 4 ms\.$/m)
  assert.match(page, /ratio-row win">.*read <small>rate<\/small>.*class="spread".*class="goal".*2\.50x .*goal met/)
  assert.match(page, /ratio-row loss missed">.*open <small>time<\/small>.*0\.25x .*goal missed/)
  assert.match(page, /1 ahead, 1 behind/)
  assert.match(page, />1\/2x<.*>1x<.*>2x</)
  assert.match(page, /a processor, 2 cores, 8 GiB.*2026-01-02, up to 3 rounds/)
  assert.match(page, /\| `open\.time` \| 4 ms \| 1 ms \| 4\.00 \| &lt;= 1\.00x \| \*\*missed\*\* \|/)
})

test('sections in several languages become tabs with all they hold', () => {
  const tabs = withTabs('# A\n\n## The same in TypeScript\n\nts text\n\n```ts\n## not a heading\n```\n\n## The same in Python\n\npython text\n\n## Pitfalls\n\nend')
  assert.match(tabs, /<div class="langs" data-has="python ts">/)
  assert.match(tabs, /<div class="lang" data-lang="python">\n\n## The same in Python\n\npython text\n\n\n<\/div>\n<div class="lang" data-lang="ts">/)
  assert.match(tabs, /<\/div>\n<\/div>\n\n## Pitfalls\n\nend$/)
})

test('blocks of several languages that stand together become tabs, others stay', () => {
  assert.match(withTabs('```java\na\n```\n\n```python\nb\n```\n'), /data-has="java python"/)
  for (const text of ['```java\na\n```\n\nand\n\n```python\nb\n```\n', '```java\na\n```\n\n```java\nb\n```\n', '## The same in Python\n\nalone\n']) {
    assert.equal(withTabs(text), text)
  }
})

test('a source is shown without the marks of the course', () => {
  const text = 'a\n  //> phase 2: why?\n  b();\n  //< phase 2 with: c();\n  if (x) { //~ bug: if (y) {\n  //~ whole: line\n# > no mark\n'
  assert.equal(cleanSource(text), 'a\n  b();\n  if (x) {\n# > no mark\n')
})

test('a quoted piece is found in its source, however it is indented', () => {
  const source = 'class A {\n\n  int a() {\n    return 1;\n  }\n\n  int b() {\n    return 2;\n  }\n}\n'
  assert.equal(lineOf(source, 'int b() {\n  return 2;\n}'), 7)
  assert.equal(lineOf(source, 'int c() {'), 0)
})

test('a drawing follows the theme, has words for who cannot see it, and is no empty one', () => {
  const figure = drawDiagram('digraph { a [label="the log"]; b [style=filled, fillcolor="#eeeeee"]; a -> b [label=" flush"]; }', 'Diagram: a picture', 'd1')
  assert.match(figure, /<title id="d1-t">Diagram: a picture<\/title><desc id="d1-d">the log leads to b \(flush\)\.<\/desc>/)
  assert.match(figure, /stroke="currentColor"/)
  assert.match(figure, /fill="color-mix\(in srgb, currentColor 7%, var\(--paper\)\)"/)
  assert.doesNotMatch(figure, /black|#0{3,6}|font-family/)
  assert.throws(() => drawDiagram('digraph { }', 'Diagram', 'd2'), /without a single node/)
  assert.throws(() => drawDiagram('digraph { a -> ', 'Diagram', 'd3'))
})

test('no colour of a drawing stays what it was on white paper', () => {
  assert.equal(themeColour('black', 'stroke'), 'currentColor')
  assert.equal(themeColour('#ffffff', 'fill'), 'var(--paper)')
  assert.match(themeColour('#cc3300', 'fill'), /color-mix\(.*28%, var\(--paper\)\)/)
  assert.match(themeColour('steelblue', 'stroke'), /color-mix\(in srgb, steelblue 60%, currentColor\)/)
})

test('a schedule keeps every minute, and no lecture is cut', () => {
  const phases = [1, 2, 3].map((number) => ({ number, title: `p${number}`, minutes: 100 * number }))
  const lectures = phases.map((phase) => ({ file: 'l.md', title: `l${phase.number}`, minutes: 55, phase: phase.number }))
  const module = { number: 1, title: 'm', phases, lectures, exercises: [], readme: 'README.md' }
  const work = workOf([module], (file) => file)
  assert.deepEqual(work.map((item) => item.title), ['l1', 'phase 1, p1', 'l2', 'phase 2, p2', 'l3', 'phase 3, p3'])
  for (const count of [1, 2, 6, 12]) {
    const { weeks, perWeek } = schedule(work, count)
    assert.equal(weeks.length, count)
    assert.equal(minutesOf(weeks.flat()), minutesOf(work))
    assert.ok(weeks.flat().filter((piece) => piece.kind === 'lecture').every((piece) => piece.part === 1 && piece.rest === 0))
    assert.ok(weeks.every((pieces) => minutesOf(pieces) <= perWeek + 55), `${count} weeks`)
  }
})

test('what is typed at a prompt stands out from what comes back', () => {
  const html = consoleHtml('$ echo a \\\n>   b\na b\n> not typed')
  assert.equal(html.split('class="cmd"').length - 1, 2)
  assert.match(html, /<span class="prompt">&gt; <\/span><span class="cmd">  b<\/span>\n<span class="out">a b<\/span>\n<span class="out">&gt; not typed<\/span>/)
})

test('code is coloured by classes, not by styles', () => {
  const [line] = highlightLines('final int x = 1; // <one>', 'java')
  assert.match(line, /<i class="k">final int ?<\/i>/)
  assert.match(line, /<i class="c">\/\/ &lt;one&gt;<\/i>/)
  assert.doesNotMatch(line, /style=/)
})
