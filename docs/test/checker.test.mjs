// Each fixture has one fault; the checker must name it, and must find nothing on the sound page.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { openBrowser } from './browser.mjs'
import { checkPage, deadLinks, firstLoad, newVisitor } from './checker.mjs'
import { serve } from './server.mjs'

const FIXTURES = path.join(import.meta.dirname, 'fixtures')
let browser, site, visitor

before(async () => {
  browser = await openBrowser()
  site = await serve(FIXTURES)
  visitor = await newVisitor(browser, site.origin)
})
after(async () => {
  await browser?.close()
  await site?.close()
})

async function problemsOf(name) {
  const visited = new Map()
  const problems = []
  for (const url of ['/sound', `/${name}`]) {
    const found = await checkPage(visitor, site.origin, url)
    visited.set(url, found)
    problems.push(...found.problems)
  }
  return [...problems, ...deadLinks(site.origin, visited)]
}

test('a sound page has no problems', async () => {
  assert.deepEqual(await problemsOf('sound'), [])
})

const FAULTS = {
  'dead-link': [/dead link to \/nowhere/],
  'dead-anchor': [/dead anchor \/sound#bottom/],
  'empty-diagram': [/an empty drawing/],
  'undrawn-diagram': [/a diagram that was not drawn/],
  'wide-table': [/scrolls sideways at 375 px/],
  'wide-everywhere': [/scrolls sideways at 1280 px/, /scrolls sideways at 375 px/],
  'console-error': [/console: a fault was planted/],
  'script-error': [/script: nothing is not defined/],
  'missing-file': [/status 404: .*missing\.png/],
  'other-host': [/asks another host for https:\/\/pictures\.invalid/],
  'black-on-black': [/dark: text in a drawing with contrast 1\.0: "box"/],
  'faint-text': [/light: text with contrast 1\.\d: "hard to read"/],
  'unfilled-figure': [/a figure that was not filled in/],
}

for (const [name, expected] of Object.entries(FAULTS)) {
  test(`the fault of ${name} is found`, async () => {
    const problems = await problemsOf(name)
    for (const pattern of expected) assert.ok(problems.some((problem) => pattern.test(problem)), `${pattern} in ${JSON.stringify(problems)}`)
    assert.ok(problems.every((problem) => problem.startsWith(`/${name}: `)), `only on its own page: ${problems}`)
  })
}

test('what a first visit loads is counted whole, with what the page asks for', async () => {
  const bytes = await firstLoad(browser, site.origin, '/sound')
  const alone = (await (await fetch(`${site.origin}/sound`)).arrayBuffer()).byteLength
  assert.equal(bytes, alone)
})
