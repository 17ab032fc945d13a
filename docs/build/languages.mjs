// Sets what is said in several languages side by side as tabs. Two shapes are known:
//
//   ## The same in TypeScript      sections that stand one after the other: each becomes a tab,
//   ## The same in Python          with its prose and all its blocks
//
//   ```java ... ```                blocks of different languages with nothing but blank lines
//   ```python ... ```              between them
//
// All panels are in the page. Which one shows is an attribute of the root element, set from the
// reader's last choice before the first paint; without a script all of them show, one under another.

const LANGUAGES = { java: 'Java', python: 'Python', ts: 'TypeScript' }
const ALIASES = { typescript: 'ts', py: 'python' }
const ORDER = Object.keys(LANGUAGES)

/** Markdown with the groups wrapped. */
export function withTabs(body) {
  return fenceGroups(sectionGroups(body.split('\n'))).join('\n')
}

function languageNamed(name) {
  return ORDER.find((key) => LANGUAGES[key].toLowerCase() === name.toLowerCase()) ?? null
}

/** What each line is: inside a fence, its opening, a heading, blank or text. */
function* classified(lines) {
  let fence = null
  for (const [at, line] of lines.entries()) {
    const mark = /^(`{3,})(.*)$/.exec(line)
    if (fence !== null) {
      const closes = mark && mark[1].length >= fence.length && mark[2].trim() === ''
      yield { at, line, kind: closes ? 'close' : 'inside' }
      if (closes) fence = null
    } else if (mark) {
      fence = mark[1]
      yield { at, line, kind: 'open', language: mark[2].trim().split(/\s+/)[0] }
    } else {
      const heading = /^(#{1,6}) (.*)$/.exec(line)
      yield { at, line, kind: heading ? 'heading' : line.trim() ? 'text' : 'blank', level: heading?.[1].length, text: heading?.[2] }
    }
  }
}

function sectionGroups(lines) {
  const headings = [...classified(lines)].filter((entry) => entry.kind === 'heading' && entry.level <= 2)
  const panels = headings
    .map((entry, index) => ({
      language: languageNamed(/^The same in (\w+)$/.exec(entry.text.trim())?.[1] ?? ''),
      start: entry.at,
      end: headings[index + 1]?.at ?? lines.length,
    }))
    .filter((panel) => panel.language !== null)
  return wrapped(lines, runs(panels, (before, panel) => before.end === panel.start))
}

function fenceGroups(lines) {
  const panels = []
  let open = null
  for (const entry of classified(lines)) {
    if (entry.kind === 'open') open = entry
    if (entry.kind === 'close') {
      const language = ALIASES[open.language] ?? open.language
      if (LANGUAGES[language]) panels.push({ language, start: open.at, end: entry.at + 1 })
    }
  }
  const blank = (from, to) => lines.slice(from, to).every((line) => line.trim() === '')
  return wrapped(lines, runs(panels, (before, panel) => blank(before.end, panel.start)))
}

/** Groups of two or more neighbours, each language once. */
function runs(panels, adjoin) {
  const groups = []
  for (const panel of panels) {
    const group = groups.at(-1)
    const joins = group && adjoin(group.at(-1), panel) && !group.some((other) => other.language === panel.language)
    if (joins) group.push(panel)
    else groups.push([panel])
  }
  return groups.filter((group) => group.length > 1)
}

function wrapped(lines, groups) {
  const result = [...lines]
  for (const group of groups.toReversed()) {
    const ordered = [...group].sort((a, b) => ORDER.indexOf(a.language) - ORDER.indexOf(b.language))
    const names = ordered.map((panel) => panel.language)
    const buttons = names.map((name) => `<button type="button" data-lang="${name}">${LANGUAGES[name]}</button>`).join('')
    const html = [`<div class="langs" data-has="${names.join(' ')}">`, `<div class="langs-bar" role="group" aria-label="Language">${buttons}</div>`]
    for (const panel of ordered) {
      html.push(`<div class="lang" data-lang="${panel.language}">`, '', ...lines.slice(panel.start, panel.end), '', '</div>')
    }
    html.push('</div>', '')
    result.splice(group[0].start, group.at(-1).end - group[0].start, ...html)
  }
  return result
}
