// Gathers the site's pages from where they are written into docs/.pages, which VitePress then builds.
//
//   README, CONTRIBUTING, benchmarks/**.md, module-*/**.md, docs/pages/**.md
//        |  links between files become links between pages       links.mjs
//        |  figures and charts are filled in                     figures.mjs
//        |  schedules are filled in                              plans.mjs
//        |  the same in several languages becomes tabs           languages.mjs
//        v  front matter gets what the page's frame shows
//   docs/.pages/**.md    docs/.pages/site.json (which sources are quoted, and by whom)
//
// Everything that does not fit is an error with file and line: a link to nowhere, a figure that no
// results file has, a lecture without its minutes.

import fs from 'node:fs'
import path from 'node:path'
import { chart, quoteFigures, readFigures } from './figures.mjs'
import { withTabs } from './languages.mjs'
import { fenceFile, outsideCode, pagePath, pageUrl, rewriteLinks, sourceUrl } from './links.mjs'
import { hours, minutesOf, planMarkdown, workOf } from './plans.mjs'
import { headingOf, markdownIn, PageError, readRepository, ROOT, splitFrontMatter } from './repository.mjs'

const GUIDE = ['index', 'before-the-first-class', 'a-class', 'assessment', 'what-goes-wrong', 'plans']

export function collect(root = ROOT, target = path.join(root, 'docs/.pages')) {
  const repository = readRepository(root)
  const sections = sectionsOf(repository)
  const pages = new Set(sections.flatMap((section) => section.items.map((item) => item.file)))
  const out = { repository, pages, sources: {}, target }
  fs.rmSync(target, { recursive: true, force: true })
  fs.mkdirSync(path.join(target, 'public'), { recursive: true })
  for (const section of sections) {
    section.items.forEach((item, at) => writePage(out, section, item, at))
  }
  copyPublic(root, target)
  fs.writeFileSync(path.join(target, 'site.json'), JSON.stringify({ sources: out.sources }, null, 1))
  return { pages: pages.size, sources: Object.keys(out.sources).length, modules: repository.modules.length }
}

/** The groups of pages that share a sidebar, each in reading order. */
function sectionsOf(repository) {
  const { root, modules } = repository
  const own = (name) => `docs/pages/${name}.md`
  const exists = (file) => fs.existsSync(path.join(root, file))
  const results = markdownIn(root, 'benchmarks/results').map((file) => item(root, file))
  return [
    { title: '', url: '/', items: [item(root, own('index'))] },
    ...modules.map((module) => moduleSection(root, module)),
    { title: 'Instructor’s guide', url: '/guide/', items: GUIDE.map((name) => item(root, own(`guide/${name}`))) },
    {
      title: 'The repository',
      url: '/readme',
      items: [
        item(root, 'README.md', { title: 'Start' }),
        item(root, own('architecture')),
        item(root, own('production')),
        ...['CONTRIBUTING.md', 'benchmarks/README.md'].filter(exists).map((file) => item(root, file)),
        ...results,
      ],
    },
  ]
}

function item(root, file, extra = {}) {
  const absolute = path.join(root, file)
  if (!fs.existsSync(absolute)) throw new PageError(file, 0, 'is missing, and the site wants it')
  const { data, body } = splitFrontMatter(fs.readFileSync(absolute, 'utf8'), file)
  const title = data.nav ?? data.title ?? headingOf(body)
  if (!title) throw new PageError(file, 1, 'a page has a title: front matter `title:` or a line `# ...`')
  return { file, url: pageUrl(file), title, ...extra }
}

function moduleSection(root, module) {
  const lecture = (page, at) => ({
    ...item(root, page.file),
    group: 'Lectures',
    number: at + 1,
    minutes: page.minutes,
    facts: lectureFacts(module, page, at + 1),
  })
  const exercise = (page) => ({ ...item(root, page.file), group: 'Exercises', minutes: page.minutes || undefined })
  const single = (file, title) => (file ? [{ ...item(root, file), title }] : [])
  return {
    title: `${String(module.number).padStart(2, '0')} ${module.title}`,
    url: pageUrl(module.readme),
    items: [
      ...single(module.readme, 'Overview'),
      ...module.lectures.map(lecture),
      ...module.exercises.map(exercise),
      ...single(module.commentary, 'Commentary').map((entry) => ({ ...entry, group: 'Behind it' })),
      ...single(module.demo, 'Demo').map((entry) => ({ ...entry, group: 'Behind it' })),
      ...single(module.bugs, 'Named bugs').map((entry) => ({ ...entry, group: 'Behind it' })),
    ],
  }
}

function lectureFacts(module, page, number) {
  const phase = module.phases.find((entry) => entry.number === page.phase)
  const before = phase ? `, before phase ${phase.number}: ${phase.title}` : ''
  return `Lecture ${number} of ${module.lectures.length}, ${page.minutes} minutes${before}`
}

function writePage(out, section, entry, at) {
  const { root } = out.repository
  const { data, body, firstLine } = splitFrontMatter(fs.readFileSync(path.join(root, entry.file), 'utf8'), entry.file)
  const quote = (file) => quoted(out, file, entry)
  const text = rewriteLinks(replaceCharts(root, body, entry.file), {
    root, file: entry.file, firstLine, pages: out.pages, source: quote, image: (file) => copyImage(out, file),
  })
  noteFences(root, body, entry.file, quote)
  const filled = outsideCode(text, firstLine, (line, number) => fill(out, line, entry.file, number))
  const markdown = withFacts(withTabs(filled), entry.facts)
  const matter = {
    ...data,
    title: data.title ?? headingOf(body) ?? entry.title,
    source: entry.file,
    section: { title: section.title, url: section.url },
    nav: section.items.length > 1 ? section.items.map(navEntry) : undefined,
    prev: section.items[at - 1] && navEntry(section.items[at - 1]),
    next: section.items[at + 1] && navEntry(section.items[at + 1]),
  }
  const file = path.join(out.target, pagePath(entry.file))
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `---\n${JSON.stringify(matter)}\n---\n${markdown}`)
}

function navEntry({ url, title, group, number, minutes }) {
  return { url, title, group, number, minutes }
}

/** Notes that a page shows a source; gives the source's page. */
function quoted(out, file, entry) {
  const readers = (out.sources[file] ??= [])
  if (!readers.some((reader) => reader.file === entry.file)) readers.push({ file: entry.file, title: entry.title })
  return sourceUrl(file)
}

function noteFences(root, body, page, quote) {
  for (const [, named] of body.matchAll(/^```.*?\sfile="([^"]+)"/gm)) {
    const file = fenceFile(root, page, named)
    if (file) quote(file)
  }
}

/** The picture of a results page, drawn for the files, gives way to the chart that follows the theme. */
function replaceCharts(root, body, file) {
  const name = /^benchmarks\/results\/([\w-]+)\.md$/.exec(file)?.[1]
  const figures = name && readFigures(root, name)
  return figures ? body.replace(new RegExp(`!\\[[^\\]]*\\]\\(${name}\\.svg\\)`), () => chart(figures)) : body
}

function copyImage(out, file) {
  const copy = path.join(out.target, 'public/files', file)
  fs.mkdirSync(path.dirname(copy), { recursive: true })
  fs.copyFileSync(path.join(out.repository.root, file), copy)
  return `/files/${file}`
}

function copyPublic(root, target) {
  const folder = path.join(root, 'docs/pages/public')
  if (fs.existsSync(folder)) fs.cpSync(folder, path.join(target, 'public'), { recursive: true })
}

function fill(out, line, file, number) {
  const { root, modules, planned } = out.repository
  const standing = modules.filter((module) => module.state === 'stands')
  const later = [...planned, ...modules.filter((module) => module.state !== 'stands')]
  return quoteFigures(root, line, file, number)
    .replace(/<!--\s*plan:\s*([\w-]+)\s*-->/g, (_, name) => {
      const plan = planMarkdown(name, standing, later, pageUrl)
      if (plan === null) throw new PageError(file, number, `there is no plan ${name}; known are term, part-time and intensive`)
      return plan
    })
    .replace(/<!--\s*modules\s*-->/g, () => moduleTable(out.repository))
    .replace(/<!--\s*sums\s*-->/g, () => sumsTable(standing))
}

function withFacts(markdown, facts) {
  return facts ? markdown.replace(/^(# .*)$/m, `$1\n\n<p class="facts">${facts}</p>`) : markdown
}

/** The index of the home page: what stands with its sizes, what is planned in its place. */
function moduleTable({ modules, planned }) {
  const rows = [...modules, ...planned].sort((a, b) => a.number - b.number).map((module) => moduleRow(module, planned))
  return `<ol class="modules">\n${rows.join('\n')}\n</ol>`
}

function moduleRow(module, planned) {
  const number = String(module.number).padStart(2, '0')
  const standard = `<span class="standard">${module.standard}</span>`
  if (planned.includes(module)) {
    return `<li class="planned"><span class="no">${number}</span><span class="what"><span class="name">${module.title}</span> ${standard}</span><span class="size">${module.state}</span></li>`
  }
  const work = workOf([module], pageUrl)
  const lectures = module.lectures.length
  const state = module.state === 'stands' ? '' : `<br>${module.state}`
  return `<li><span class="no">${number}</span><span class="what"><a class="name" href="${pageUrl(module.readme)}">${module.title}</a> ${standard}</span><span class="size">${counted(module.phases.length, 'phase')}, ${counted(lectures, 'lecture')}<br>${hours(minutesOf(work))}${state}</span></li>`
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`

function sumsTable(modules) {
  const rows = modules.map((module) => {
    const work = workOf([module], pageUrl)
    const of = (kind) => hours(minutesOf(work.filter((entry) => entry.kind === kind)))
    return `| [${module.number} ${module.title}](${pageUrl(module.readme)}) | ${module.lectures.length} | ${of('lecture')} | ${module.phases.length} | ${of('lab')} | ${hours(minutesOf(work))} |`
  })
  return ['| module | lectures | time | phases | time | together |', '|---|---:|---:|---:|---:|---:|', ...rows].join('\n')
}

if (process.argv[1] && path.resolve(process.argv[1]) === path.resolve(new URL(import.meta.url).pathname)) {
  try {
    const { pages, sources, modules } = collect()
    console.log(`collected ${pages} pages of ${modules} ${modules === 1 ? 'module' : 'modules'}; ${sources} source files are quoted`)
  } catch (error) {
    if (!(error instanceof PageError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}
