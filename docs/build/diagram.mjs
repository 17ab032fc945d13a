// Draws Graphviz diagrams into SVG that lies in the page: no diagram code runs at the reader's.
//
//   colours    black becomes currentColor, greys become a share of it, other colours are mixed with
//              the page's background: so a drawing follows the theme without knowing it
//   letters    are measured as Courier, whose width every monospace font shares, and shown at the
//              page's monospace size whatever size the source asks for
//   width      never over the column; a wide drawing is scaled down to 72 %, below which its
//              letters would be hard to read, and then scrolls inside its own box
//   readers    of the screen hear a title and every edge as a sentence

import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { escapeHtml } from './highlight.mjs'

const LETTER_PX = 12.5
const SMALLEST_SCALE = 0.72

const graphviz = await Graphviz.load()

/** A figure with the drawing. Throws with Graphviz's own words. */
export function drawDiagram(source, title, id) {
  const drawn = graphviz.layout(withDefaults(source), 'svg', 'dot')
  const nodes = groups(drawn, 'node')
  if (nodes.length === 0) throw new Error('a diagram without a single node')
  const box = /viewBox="([\d.\- ]+)"/.exec(drawn)[1]
  const [, , boxWidth] = box.split(' ').map(Number)
  const width = Math.round(boxWidth * letterScale(drawn))
  const inner = themed(drawn.slice(drawn.indexOf('<g id="graph0"'), drawn.lastIndexOf('</svg>')))
  const least = Math.round(width * SMALLEST_SCALE)
  return `<figure class="diagram" tabindex="0" v-pre><svg role="img" aria-labelledby="${id}-t ${id}-d" viewBox="${box}" style="width:${width}px;min-width:${least}px"><title id="${id}-t">${escapeHtml(title)}</title><desc id="${id}-d">${escapeHtml(description(drawn, nodes))}</desc>${inner}</svg></figure>`
}

function withDefaults(source) {
  return source
    .replace(/fontname\s*=\s*"?[^",;\]]*"?/g, 'fontname="Courier"')
    .replace('{', '{ bgcolor="transparent"; fontname="Courier"; node [fontname="Courier"]; edge [fontname="Courier"]; ')
}

/** From the drawing's units to pixels, so that most of its letters get the page's size. */
function letterScale(drawn) {
  const sizes = [...drawn.matchAll(/font-size="([\d.]+)"/g)].map((match) => Number(match[1]))
  const counted = new Map()
  for (const size of sizes) counted.set(size, (counted.get(size) ?? 0) + 1)
  const [most] = [...counted].sort((a, b) => b[1] - a[1])[0] ?? [14]
  return LETTER_PX / most
}

function groups(drawn, kind) {
  const pattern = new RegExp(`<g id="[^"]*" class="${kind}">\\s*<title>([\\s\\S]*?)</title>([\\s\\S]*?)</g>`, 'g')
  return [...drawn.matchAll(pattern)].map((match) => ({
    name: match[1],
    label: [...match[2].matchAll(/<text[^>]*>([\s\S]*?)<\/text>/g)].map((text) => decoded(text[1])).join(' '),
  }))
}

function description(drawn, nodes) {
  const label = new Map(nodes.map((node) => [node.name, node.label || node.name]))
  const named = (end) => label.get(end.split(':')[0]) ?? decoded(end)
  const edges = groups(drawn, 'edge').map((edge) => {
    const [from, to] = edge.name.split(/&#45;&gt;|&#45;&#45;/)
    const said = edge.label.trim() ? ` (${edge.label.trim()})` : ''
    return `${named(from)} leads to ${named(to ?? from)}${said}.`
  })
  return edges.length ? edges.join(' ') : nodes.map((node) => label.get(node.name)).join('. ')
}

function decoded(text) {
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()
}

function themed(svg) {
  return svg
    .replace(/<!--[\s\S]*?-->\s*/g, '')
    .replace(/<title>[\s\S]*?<\/title>\s*/g, '')
    .replace(/ font-family="[^"]*"/g, '')
    .replace(/ (?:xlink:title|xml:space)="[^"]*"/g, '')
    .replace(/ id="(?:node|edge|clust|graph)\d+"/g, '')
    .replace(/<text(?![^>]* fill=)/g, '<text fill="currentColor"')
    .replace(/ (fill|stroke)="([^"]+)"/g, (_, which, value) => ` ${which}="${themeColour(value, which)}"`)
    .replace(/\n/g, '')
}

const NAMED = { black: [0, 0, 0], white: [255, 255, 255], gray: [192, 192, 192], grey: [192, 192, 192],
  lightgray: [211, 211, 211], lightgrey: [211, 211, 211], darkgray: [169, 169, 169], darkgrey: [169, 169, 169],
  whitesmoke: [245, 245, 245], gainsboro: [220, 220, 220] }

/** A colour that follows the theme, for one that was chosen on white paper. */
export function themeColour(value, which) {
  const plain = value.toLowerCase()
  if (['none', 'transparent', 'currentcolor'].includes(plain)) return plain === 'currentcolor' ? 'currentColor' : 'none'
  const rgb = NAMED[plain] ?? hex(plain)
  if (!rgb) return which === 'fill' ? `color-mix(in srgb, ${plain} 28%, var(--paper))` : `color-mix(in srgb, ${plain} 60%, currentColor)`
  const [red, green, blue] = rgb
  if (Math.max(...rgb) - Math.min(...rgb) > 12) {
    const share = which === 'fill' ? '28%, var(--paper)' : '60%, currentColor'
    return `color-mix(in srgb, rgb(${red} ${green} ${blue}) ${share})`
  }
  const ink = Math.round((1 - (red + green + blue) / 765) * 100)
  if (ink >= 99) return 'currentColor'
  if (ink <= 1) return 'var(--paper)'
  return `color-mix(in srgb, currentColor ${ink}%, var(--paper))`
}

function hex(value) {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/.exec(value)
  return match && match.slice(1).map((pair) => Number.parseInt(pair, 16))
}
