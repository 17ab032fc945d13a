// How blocks of Markdown look on the site: what VitePress's own renderer does not know.

import { drawDiagram } from './diagram.mjs'
import { escapeHtml, highlightLines, languageOf } from './highlight.mjs'
import { fenceFile, sourceUrl } from './links.mjs'
import { lineOf, readSource } from './sources.mjs'

/** Teaches VitePress's renderer our fences, tables and literal braces. */
export function courseMarkdown(md, root) {
  md.renderer.rules.fence = (tokens, index, _options, env) => fence(tokens, index, env, root)
  md.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>\n'
  md.renderer.rules.table_close = () => '</table></div>\n'
  const text = md.renderer.rules.text
  md.renderer.rules.text = (...args) => text(...args).replaceAll('{{', '<span v-pre>{{</span>')
  md.renderer.rules.code_inline = (tokens, index) => `<code v-pre>${escapeHtml(tokens[index].content)}</code>`
}

function fence(tokens, index, env, root) {
  const token = tokens[index]
  const [language = ''] = token.info.trim().split(/\s+/)
  const content = token.content.replace(/\n$/, '')
  if (language === 'dot') return diagram(tokens, index, content, env)
  if (language === 'console') return listing('console', consoleHtml(content))
  const attribute = (name) => new RegExp(`${name}="([^"]*)"`).exec(token.info)?.[1]
  const html = highlightLines(content, languageOf(language)).join('\n')
  const file = attribute('file')
  return listing(language || 'text', html, file ? caption(root, env, file, attribute('symbol'), content) : '')
}

function listing(language, html, head = '') {
  const pre = `<pre class="code ${escapeHtml(language)}" tabindex="0" v-pre><code>${html}</code></pre>`
  return head ? `<figure class="listing">${head}${pre}</figure>\n` : `<div class="listing">${pre}</div>\n`
}

function caption(root, env, named, symbol, content) {
  const page = env.frontmatter?.source ?? ''
  const file = fenceFile(root, page, named)
  const short = named.replace(/^src\/(main|test)\/java\/systems\//, '')
  if (!file) return `<figcaption><b>${escapeHtml(symbol ?? short)}</b></figcaption>`
  const line = lineOf(readSource(root, file), content)
  const url = sourceUrl(file) + (line ? `#L${line}` : '')
  return `<figcaption><a href="${url}" target="_self"><b>${escapeHtml(symbol ?? short)}</b></a> <span>${escapeHtml(short)}</span></figcaption>`
}

/** Prompts stand out, what a person types is in full ink, what comes back is dimmer. */
export function consoleHtml(text) {
  let continues = false
  return text
    .split('\n')
    .map((line) => {
      const prompt = line.startsWith('$ ') ? '$' : continues && line.startsWith('> ') ? '>' : null
      continues = prompt !== null && line.endsWith('\\')
      return prompt === null
        ? `<span class="out">${escapeHtml(line)}</span>`
        : `<span class="prompt">${escapeHtml(prompt)} </span><span class="cmd">${escapeHtml(line.slice(2))}</span>`
    })
    .join('\n')
}

function diagram(tokens, index, content, env) {
  const heading = tokens.slice(0, index).findLast((_, at) => tokens[at - 1]?.type === 'heading_open')
  const page = env.frontmatter?.title ?? ''
  const id = `dot-${tokens.slice(0, index).filter((token) => token.type === 'fence').length + 1}`
  try {
    return drawDiagram(content, `Diagram: ${heading?.content ?? page}`, id)
  } catch (error) {
    throw new Error(`${env.frontmatter?.source ?? env.path}: the diagram under "${heading?.content ?? page}" cannot be drawn: ${error.message}`)
  }
}
