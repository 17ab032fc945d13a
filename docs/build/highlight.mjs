// Colours code with Shiki's grammars, as short tags with one-letter classes: the page's style sheet
// has the colours, once for light and once for dark. Inline styles would triple a lecture's size.

import { createHighlighter } from 'shiki'

const CLASSES = {
  c: ['comment', 'punctuation.definition.comment', 'string.quoted.docstring'],
  s: ['string', 'punctuation.definition.string', 'constant.character.escape'],
  n: ['constant.numeric', 'constant.language', 'constant.other'],
  k: ['keyword', 'storage.modifier', 'storage.type.function', 'storage.type.class', 'storage.type.primitive',
    'storage.type.js', 'storage.type.ts', 'variable.language', 'keyword.operator.new', 'storage.type.java.primitive'],
  t: ['entity.name.type', 'entity.name.class', 'support.type', 'support.class', 'storage.type.java',
    'storage.type.generic', 'entity.other.inherited-class'],
  f: ['entity.name.function', 'support.function', 'meta.function-call entity.name.function'],
  a: ['storage.type.annotation', 'punctuation.definition.annotation', 'entity.name.function.decorator', 'meta.decorator'],
}
const PLAIN = ['keyword.operator', 'punctuation', 'storage.type.generic.wildcard']
const LETTERS = Object.keys(CLASSES)
const colour = (letter) => '#00000' + (LETTERS.indexOf(letter) + 1)

const THEME = {
  name: 'letters',
  type: 'light',
  fg: '#000000',
  bg: '#ffffff',
  settings: [
    { settings: { foreground: '#000000', background: '#ffffff' } },
    { scope: PLAIN, settings: { foreground: '#000000' } },
    ...LETTERS.map((letter) => ({ scope: CLASSES[letter], settings: { foreground: colour(letter) } })),
    { scope: ['keyword.operator.expression', 'keyword.operator.new', 'keyword.operator.instanceof',
      'keyword.operator.logical.python'], settings: { foreground: colour('k') } },
    { scope: 'string.quoted.docstring punctuation.definition.string', settings: { foreground: colour('c') } },
  ],
}

const LANGUAGES = ['java', 'typescript', 'python', 'javascript', 'json', 'yaml', 'xml', 'bash', 'sql', 'lua', 'c', 'http', 'diff', 'toml', 'proto']
const ALIASES = { ts: 'typescript', js: 'javascript', mjs: 'javascript', py: 'python', sh: 'bash', shell: 'bash', yml: 'yaml', h: 'c' }

const highlighter = await createHighlighter({ themes: [THEME], langs: LANGUAGES })

/** The language of a fence or of a file's name; null is plain text. */
export function languageOf(name) {
  const last = name.split('/').pop()
  const end = (last.includes('.') ? last.split('.').pop() : last).toLowerCase()
  const language = ALIASES[end] ?? end
  return LANGUAGES.includes(language) ? language : null
}

export function escapeHtml(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** The lines of a text as HTML. */
export function highlightLines(text, language) {
  if (!language) return text.split('\n').map(escapeHtml)
  const { tokens } = highlighter.codeToTokens(text, { lang: language, theme: 'letters' })
  return tokens.map((line) => joined(line).map(tag).join(''))
}

/** Neighbours of one colour become one; white space takes the colour of what came before. */
function joined(tokens) {
  const runs = []
  for (const token of tokens) {
    const letter = LETTERS[Number.parseInt(token.color?.slice(1) ?? '0', 16) - 1] ?? ''
    const last = runs.at(-1)
    if (last && (last.letter === letter || token.content.trim() === '')) last.text += token.content
    else runs.push({ letter, text: token.content })
  }
  return runs
}

function tag({ letter, text }) {
  const html = escapeHtml(text)
  return letter ? `<i class="${letter}">${html}</i>` : html
}
