// Opens every page of the built site as a reader would. `npm run build` first.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openBrowser } from './browser.mjs'
import { checkPage, deadLinks, firstLoad, newVisitor } from './checker.mjs'
import { serve } from './server.mjs'

const DIST = path.join(import.meta.dirname, '../.vitepress/dist')
const FIRST_LOAD_BYTES_MAX = 300 * 1024
const PAGES_AT_ONCE = 3

const urls = addresses()
const lectures = urls.filter((url) => /^\/module-[^/]+\/lectures\//.test(url))
let browser, site

before(async () => {
  assert.ok(urls.length > 0, `there is no built site in ${DIST}: run npm run build`)
  browser = await openBrowser()
  site = await serve(DIST)
})
after(async () => {
  await browser?.close()
  await site?.close()
})

/** The address of every page, as links write it. */
function addresses() {
  if (!fs.existsSync(DIST)) return []
  return fs
    .readdirSync(DIST, { recursive: true })
    .map((name) => `/${name}`)
    .filter((name) => name.endsWith('.html') && name !== '/404.html')
    .map((name) => name.replace(/\.html$/, '').replace(/\/index$/, '/'))
    .sort()
}

async function openEach(addresses, look) {
  const waiting = [...addresses]
  const workers = Array.from({ length: PAGES_AT_ONCE }, async () => {
    while (waiting.length) await look(waiting.shift())
  })
  await Promise.all(workers)
}

async function page(url, use, options = {}) {
  const context = await browser.newContext(options)
  try {
    const opened = await context.newPage()
    await opened.goto(site.origin + url, { waitUntil: 'networkidle' })
    return await use(opened)
  } finally {
    await context.close()
  }
}

describe('the built site', () => {
  test('every page opens without a problem, and every link leads somewhere', async () => {
    const visited = new Map()
    const visitor = await newVisitor(browser, site.origin)
    await openEach(urls, async (url) => visited.set(url, await checkPage(visitor, site.origin, url)))
    await visitor.close()
    const problems = [...visited.values()].flatMap((found) => found.problems)
    assert.deepEqual([...problems, ...deadLinks(site.origin, visited)].sort(), [])
  })

  test('every page can be reached from the first one', async () => {
    const seen = new Set(['/'])
    for (const url of seen) {
      const html = fs.readFileSync(path.join(DIST, url.endsWith('/') ? `${url}index.html` : `${url}.html`), 'utf8')
      for (const [, href] of html.matchAll(/href="(\/[^"#]*)/g)) if (urls.includes(href)) seen.add(href)
    }
    assert.deepEqual(urls.filter((url) => !seen.has(url)), [])
  })

  test('the first load of each lecture stays under 300 KiB', async () => {
    assert.ok(lectures.length > 0)
    const heavy = []
    await openEach(lectures, async (url) => {
      const bytes = await firstLoad(browser, site.origin, url)
      if (bytes > FIRST_LOAD_BYTES_MAX) heavy.push(`${url}: ${Math.round(bytes / 1024)} KiB`)
    })
    assert.deepEqual(heavy, [])
  })

  test('the search finds a word and goes to its section', async () => {
    await page('/', async (opened) => {
      await opened.keyboard.press('/')
      await opened.locator('dialog.search input').fill('tombstone')
      const first = opened.locator('dialog.search li a').first()
      await first.waitFor()
      const href = await first.getAttribute('href')
      await opened.keyboard.press('Enter')
      await opened.waitForURL((url) => url.pathname + url.hash === href)
      // The address changes before the page does.
      await opened.locator('main', { hasText: /tombstone/i }).waitFor()
      await opened.locator('main h1').waitFor()
    })
  })

  test('the choice of a language holds on the next page', async () => {
    await page(lectures[0], async (opened) => {
      const panel = (language) => opened.locator(`.lang[data-lang="${language}"]`).first()
      await opened.locator('.langs-bar button[data-lang="ts"]').first().click()
      await panel('ts').waitFor({ state: 'visible' })
      await panel('python').waitFor({ state: 'hidden' })
      const pressed = (language) => opened.locator(`.langs-bar button[data-lang="${language}"]`).first().getAttribute('aria-pressed')
      assert.deepEqual([await pressed('ts'), await pressed('python')], ['true', 'false'])
      await opened.goto(site.origin + lectures[1])
      await panel('ts').waitFor({ state: 'visible' })
      await opened.goto(`${site.origin}${lectures[1]}#the-same-in-python`)
      await opened.reload({ waitUntil: 'networkidle' })
      await panel('python').waitFor({ state: 'visible' }) // a link into a panel opens it
      await opened.locator('.outline a', { hasText: 'The same in TypeScript' }).click()
      await panel('ts').waitFor({ state: 'visible' })
    }, { viewport: { width: 1440, height: 900 } })
  })

  test('the choice of colours holds on the next page', async () => {
    await page('/', async (opened) => {
      const ground = () => opened.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const light = await ground()
      await opened.locator('button.theme').click()
      await opened.goto(site.origin + lectures[0])
      assert.notEqual(await ground(), light)
    }, { colorScheme: 'light' })
  })

  test('a page is read without any script', async () => {
    await page(lectures[0], async (opened) => {
      assert.ok(await opened.locator('.lang[data-lang="python"]').first().isVisible())
      assert.ok(await opened.locator('.lang[data-lang="ts"]').first().isVisible())
    }, { javaScriptEnabled: false })
  })
})
