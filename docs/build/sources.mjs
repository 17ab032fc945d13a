// The pages that show a source file: plain HTML with line numbers to link to, no script besides the
// one that sets the theme. They are written after VitePress has built the rest, and only for files
// that some page links to or quotes.
//
// A reader sees the source without the course's markers:
//
//   //> phase 2: which type has each fragment ...         gone
//   //< phase 2 with: return 0;                           gone
//   if (room < 7) { //~ sevenIsTooFew: if (room <= 7) {   if (room < 7) {

import fs from 'node:fs'
import path from 'node:path'
import { escapeHtml, highlightLines, languageOf } from './highlight.mjs'
import { pageUrl, sourceUrl } from './links.mjs'

const MARKER_LINE = /^\s*(?:\/\/|#|--)[<>] phase \d.*$/
const BUG_MARKER = /\s*(?:\/\/|#|--)~ [A-Za-z][\w-]*: .*$/
const BUG_LINE = /^\s*(?:\/\/|#|--)~ [A-Za-z][\w-]*: .*$/

/** A source as it is read: without the marks that cut starters and plant bugs. */
export function cleanSource(text) {
  return text
    .split('\n')
    .filter((line) => !MARKER_LINE.test(line) && !BUG_LINE.test(line))
    .map((line) => line.replace(BUG_MARKER, ''))
    .join('\n')
}

export function readSource(root, file) {
  return cleanSource(fs.readFileSync(path.join(root, file), 'utf8').replace(/\r\n/g, '\n'))
}

/** The line, from 1, at which a quoted piece begins in a source, or 0. Indentation is not compared. */
export function lineOf(source, quoted) {
  const wanted = quoted.split('\n').map((line) => line.trim()).filter(Boolean).slice(0, 3)
  if (wanted.length === 0) return 0
  const lines = source.split('\n').map((line) => line.trim())
  for (let at = 0; at < lines.length; at++) {
    let next = at
    const found = wanted.every((line) => {
      while (next < lines.length && lines[next] === '') next++
      return lines[next++] === line
    })
    if (found && lines[at] !== '') return at + 1
  }
  return 0
}

/** Writes the pages into the built site. */
export function writeSourcePages(root, sources, dist) {
  const style = fs.readdirSync(path.join(dist, 'assets')).find((name) => /^style\..*\.css$/.test(name))
  for (const [file, quotedBy] of Object.entries(sources)) {
    const target = path.join(dist, `${sourceUrl(file)}.html`)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, sourcePage(file, readSource(root, file), quotedBy, `/assets/${style}`))
  }
}

function sourcePage(file, text, quotedBy, style) {
  const lines = highlightLines(text.replace(/\n+$/, ''), languageOf(file))
  const body = lines
    .map((html, at) => `<a class="no" href="#L${at + 1}" id="L${at + 1}" aria-label="line ${at + 1}">${at + 1}</a><code>${html || ' '}</code>\n`)
    .join('')
  const name = file.split('/').pop()
  const readers = quotedBy
    .map((page) => `<a href="${pageUrl(page.file)}">${escapeHtml(page.title)}</a>`)
    .join(', ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)} | Reference systems in Java</title>
<link rel="icon" href="/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
<script>(()=>{const e=localStorage.getItem('vitepress-theme-appearance')||'auto',d=matchMedia('(prefers-color-scheme: dark)').matches;document.documentElement.classList.toggle('dark',e==='dark'||e==='auto'&&d)})()</script>
</head>
<body class="source-page">
<header class="bar"><a class="brand" href="/">Reference systems in Java</a></header>
<main>
<h1>${escapeHtml(name)}</h1>
<p class="facts">${escapeHtml(file)}</p>
<p class="facts">Quoted by ${readers}. Shown without the course's markers, so line numbers differ from the file's.</p>
<pre class="source" tabindex="0">${body}</pre>
</main>
</body>
</html>
`
}
