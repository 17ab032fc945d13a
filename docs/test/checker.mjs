// Opens pages of a built site and says what is wrong with them, one sentence a problem.
//
//   opened at 1280 and at 375 px    console errors, failed requests, requests that leave the site,
//                                   sideways scrolling
//   in light and in dark            text that cannot be told from what it stands on (4.5 : 1)
//   in its tree                     drawings without a shape, drawings and charts left undrawn
//   between pages                   links and anchors that lead nowhere
//   on a first visit                bytes until the page is at rest
//
// The checker is itself tested with pages that each have one of these faults (checker.test.mjs).

export const WIDTHS = [1280, 375]
export const CONTRAST_LEAST = 4.5

/** A visitor's browser with an empty cache, which refuses every request to elsewhere. */
export async function newVisitor(browser, origin) {
  const context = await browser.newContext({ viewport: { width: WIDTHS[0], height: 900 } })
  await context.route((address) => address.origin !== origin && address.protocol !== 'data:', (route) => route.abort())
  return context
}

async function visit(visitor, origin, url, look) {
  const problems = []
  const note = (problem) => problems.push(`${url}: ${problem}`)
  const page = await visitor.newPage()
  page.on('console', (message) => message.type() === 'error' && note(`console: ${message.text()}`))
  page.on('pageerror', (error) => note(`script: ${error.message}`))
  page.on('request', (request) => {
    const address = new URL(request.url())
    if (address.origin !== origin && address.protocol !== 'data:') note(`asks another host for ${request.url()}`)
  })
  page.on('requestfailed', (request) => note(`request failed: ${request.url()}`))
  page.on('response', (response) => response.status() >= 400 && note(`status ${response.status()}: ${response.url()}`))
  let bytes = Promise.resolve(0)
  page.on('response', (response) => {
    bytes = bytes.then(async (sum) => sum + (await response.body().catch(() => '')).length)
  })
  try {
    await page.goto(origin + url, { waitUntil: 'networkidle' })
    return { problems, ...(await look(page, note, async () => await bytes)) }
  } finally {
    await page.close()
  }
}

/** Everything about one page: { problems, ids, links }. */
export function checkPage(visitor, origin, url) {
  return visit(visitor, origin, url, async (page, note) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      const over = await page.evaluate(sideways)
      if (over) note(`scrolls sideways at ${width} px: ${over}`)
    }
    for (const theme of ['light', 'dark']) {
      await page.evaluate((dark) => document.documentElement.classList.toggle('dark', dark), theme === 'dark')
      for (const pair of await page.evaluate(faintText, CONTRAST_LEAST)) note(`${theme}: ${pair}`)
    }
    for (const problem of await page.evaluate(undrawn)) note(problem)
    return page.evaluate(() => ({
      ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
      links: [...document.querySelectorAll('a[href]')].map((link) => link.href),
    }))
  })
}

/** What a first visitor's browser loads until nothing more comes, in bytes before any compression. */
export async function firstLoad(browser, origin, url) {
  const visitor = await newVisitor(browser, origin)
  try {
    return (await visit(visitor, origin, url, async (_page, _note, sum) => ({ bytes: await sum() }))).bytes
  } finally {
    await visitor.close()
  }
}

/**
 * Links that lead nowhere.
 *
 * @param visited url -> { ids, links }
 */
export function deadLinks(origin, visited) {
  const problems = new Set()
  for (const [url, { links }] of visited) {
    for (const link of links) {
      const target = new URL(link)
      if (target.origin !== origin) continue
      const page = visited.get(decodeURI(target.pathname))
      const anchor = decodeURIComponent(target.hash.slice(1))
      if (!page) problems.add(`${url}: dead link to ${target.pathname}`)
      else if (anchor && !page.ids.includes(anchor)) problems.add(`${url}: dead anchor ${target.pathname}#${anchor}`)
    }
  }
  return [...problems]
}

// What follows runs inside the page.

/** The widest thing that sticks out, or null. */
function sideways() {
  const root = document.documentElement
  if (root.scrollWidth <= root.clientWidth) return null
  const scrolls = (element) => {
    for (let at = element; at; at = at.parentElement) if (getComputedStyle(at).overflowX !== 'visible') return true
    return false
  }
  const out = [...document.body.querySelectorAll('*')]
    .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(element.parentElement))
    .at(0)
  return `${root.scrollWidth} of ${root.clientWidth} px, ${out ? `<${out.tagName.toLowerCase()} class="${out.getAttribute('class') ?? ''}">` : 'the page'}`
}

/** Drawings without a shape, and sources of drawings that nobody drew. */
function undrawn() {
  const problems = []
  for (const svg of document.querySelectorAll('.diagram svg, .ratios svg:not(.axis)')) {
    const shapes = svg.querySelectorAll('path, polygon, ellipse, rect, polyline')
    const box = svg.getBoundingClientRect()
    if (shapes.length === 0 || box.width < 1 || box.height < 1) problems.push('an empty drawing')
    if (svg.closest('.diagram') && !svg.querySelector('title')?.textContent.trim()) problems.push('a drawing without a title')
  }
  for (const figure of document.querySelectorAll('.diagram')) if (!figure.querySelector('svg')) problems.push('an empty drawing')
  for (const figure of document.querySelectorAll('.ratios')) if (!figure.querySelector('.ratio-row .bar')) problems.push('an empty drawing')
  if (document.querySelector('pre.dot, .language-dot')) problems.push('a diagram that was not drawn')
  const text = document.body.cloneNode(true)
  for (const code of text.querySelectorAll('code, pre, script')) code.remove()
  if (/\{\{\s*figure|<!--\s*(figures|plan):/.test(text.innerHTML)) problems.push('a figure that was not filled in')
  return [...new Set(problems)]
}

/** Texts with too little contrast to what they stand on; in drawings to the shape behind them. */
function faintText(least) {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const known = new Map()
  const rgba = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
      known.set(colour, [...canvas.getImageData(0, 0, 1, 1).data])
    }
    return known.get(colour)
  }
  const over = (top, below) => top.slice(0, 3).map((value, at) => (value * top[3] + below[at] * (255 - top[3])) / 255)
  const paper = (element) => {
    const behind = []
    for (let at = element; at; at = at.parentElement) behind.unshift(rgba(getComputedStyle(at).backgroundColor))
    return behind.reduce((below, top) => over(top, below), [255, 255, 255])
  }
  const shapeBehind = (text, svg) => {
    const box = text.getBoundingClientRect()
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    return [...svg.querySelectorAll('polygon, ellipse, path, rect')].findLast((shape) => {
      const area = shape.getBoundingClientRect()
      return getComputedStyle(shape).fill !== 'none' && shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING
        && area.left <= x && x <= area.right && area.top <= y && y <= area.bottom
    })
  }
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x)
    return (high + 0.05) / (low + 0.05)
  }
  const found = new Map()
  const judge = (what, ink, ground, sample) => {
    const value = contrast(over(ink, ground), ground)
    if (value < least) found.set(`${what} with contrast ${value.toFixed(1)}: "${sample.trim().slice(0, 40)}"`, true)
  }
  for (const text of document.querySelectorAll('svg text')) {
    const svg = text.closest('svg')
    const shape = shapeBehind(text, svg)
    const ground = shape ? over(rgba(getComputedStyle(shape).fill), paper(svg.parentElement)) : paper(svg.parentElement)
    judge('text in a drawing', rgba(getComputedStyle(text).fill), ground, text.textContent)
  }
  const seen = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || element.closest('svg, script, style') || !element.checkVisibility({ opacityProperty: true })) continue
    const style = getComputedStyle(element)
    const ground = paper(element)
    const pair = `${style.color} ${ground}`
    if (seen.has(pair)) continue
    seen.add(pair)
    judge('text', rgba(style.color), ground, walker.currentNode.data)
  }
  return [...found.keys()].slice(0, 5)
}
