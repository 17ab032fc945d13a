// What the repository holds for the site: the modules that stand, the ones that are planned, and
// their pages in reading order.
//
//   course.yaml of each module-*      id, number, title, phases with minutes
//   README.md of the root             the table of all twelve, so that planned ones are known
//   lectures/*.md, exercises/*.md     front matter: title, minutes, phase
//
// Nothing is listed by hand: a module appears when its folder does and has a README.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** An error for the author of a page: where, and what to do. */
export class PageError extends Error {
  constructor(file, line, sentence) {
    super(line ? `${file}:${line}: ${sentence}` : `${file}: ${sentence}`)
    this.name = 'PageError'
  }
}

/** Splits a Markdown text into its front matter, as an object, and the rest with its first line. */
export function splitFrontMatter(text, file) {
  const match = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)
  if (!match) return { data: {}, body: text, firstLine: 1 }
  let data
  try {
    data = parse(match[1]) ?? {}
  } catch (error) {
    throw new PageError(file, 1, `the front matter is not YAML: ${error.message.split('\n')[0]}`)
  }
  return { data, body: text.slice(match[0].length), firstLine: match[0].split('\n').length }
}

/** The text of the first heading of level one, without Markdown's marks. */
export function headingOf(body) {
  let fence = null
  for (const line of body.split('\n')) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)
    if (mark) fence = fence === null ? mark[1][0] : fence === mark[1][0] ? null : fence
    const heading = fence === null && /^# +(.*?)\s*#*$/.exec(line)
    if (heading) return heading[1].replace(/[`*_]/g, '')
  }
  return null
}

export function readRepository(root = ROOT) {
  const planned = plannedModules(root)
  const standing = fs
    .readdirSync(root)
    .filter((name) => /^module-\d\d-/.test(name))
    .filter((name) => fs.existsSync(path.join(root, name, 'course.yaml')))
    .sort()
    .map((folder) => readModule(root, folder))
  const folders = new Set(standing.map((module) => module.folder))
  const readable = standing.filter((module) => module.readme)
  return {
    root,
    modules: readable,
    planned: [
      ...planned.filter((module) => !folders.has(module.folder)),
      ...standing.filter((module) => !module.readme),
    ].sort((a, b) => a.number - b.number),
  }
}

/** The rows of the root README's table: | folder | system | standard | state |. */
function plannedModules(root) {
  const file = path.join(root, 'README.md')
  const rows = []
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim())
    const folder = /module-(\d\d)-([a-z0-9-]+)/.exec(cells[1] ?? '')
    if (line.startsWith('|') && folder && cells.length >= 5) {
      rows.push({
        folder: folder[0],
        number: Number(folder[1]),
        id: folder[2],
        title: cells[2],
        standard: cells[3],
        state: 'planned',
      })
    }
  }
  if (rows.length === 0) {
    throw new PageError('README.md', 0, 'has no table of modules; the site takes the planned ones from it')
  }
  return rows
}

function readModule(root, folder) {
  const file = `${folder}/course.yaml`
  const course = parse(fs.readFileSync(path.join(root, file), 'utf8'))
  for (const field of ['id', 'number', 'title', 'phases']) {
    if (course?.[field] === undefined) throw new PageError(file, 0, `has no ${field}`)
  }
  const pages = (kind) => markdownIn(root, `${folder}/${kind}`).map((page) => readPage(root, page, kind))
  const single = (name) => (fs.existsSync(path.join(root, folder, name)) ? `${folder}/${name}` : null)
  const lectures = pages('lectures')
  for (const lecture of lectures) {
    if (!(lecture.minutes > 0)) {
      throw new PageError(lecture.file, 1, 'a lecture says its length in its front matter, as in `minutes: 55`')
    }
    if (lecture.phase && !course.phases.some((phase) => phase.number === lecture.phase)) {
      throw new PageError(lecture.file, 1, `phase ${lecture.phase} is not in ${file}`)
    }
  }
  return {
    folder,
    id: course.id,
    number: course.number,
    title: course.title,
    standard: course.standard ?? '',
    state: course.state ?? 'building',
    phases: course.phases,
    readme: single('README.md'),
    lectures,
    exercises: pages('exercises'),
    commentary: single('COMMENTARY.md'),
    demo: single('demo.md'),
    bugs: single('bugs.md'),
  }
}

function readPage(root, file) {
  const { data, body } = splitFrontMatter(fs.readFileSync(path.join(root, file), 'utf8'), file)
  const title = data.title ?? headingOf(body)
  if (!title) throw new PageError(file, 1, 'a page has a title: front matter `title:` or a line `# ...`')
  return { file, title, minutes: data.minutes ?? 0, phase: data.phase ?? 0 }
}

export function markdownIn(root, folder) {
  const absolute = path.join(root, folder)
  if (!fs.existsSync(absolute)) return []
  return fs
    .readdirSync(absolute)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${folder}/${name}`)
}
