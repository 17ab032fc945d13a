import fs from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vitepress'
import { courseMarkdown } from '../build/markdown.mjs'
import { ROOT } from '../build/repository.mjs'
import { writeSourcePages } from '../build/sources.mjs'

const PAGES = path.join(ROOT, 'docs/.pages')

// Which panel of a group of languages shows: before the first paint, so that nothing moves.
const CHOICE = `document.documentElement.dataset.lang=localStorage.getItem('course-lang')||'java'`

export default defineConfig({
  srcDir: '.pages',
  title: 'Reference systems in Java',
  description: 'Twelve systems for people who learn systems engineering',
  lang: 'en',
  cleanUrls: true,
  ignoreDeadLinks: [/^\/source\//], // written by buildEnd; the browser test follows them
  head: [
    ['link', { rel: 'icon', href: '/mark.svg', type: 'image/svg+xml' }],
    ['script', { id: 'language-choice' }, CHOICE],
  ],
  router: { prefetchLinks: false },
  markdown: {
    headers: { level: [2] },
    config: (md) => courseMarkdown(md, ROOT),
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        // Drawings say themselves again in <desc>; code is found by its own name in the prose.
        _render(src, env, md) {
          const html = md.render(src, env)
          return html.replace(/<figure class="(?:diagram|ratios)"[\s\S]*?<\/figure>/g, '')
        },
      },
    },
  },
  buildEnd({ outDir }) {
    const { sources } = JSON.parse(fs.readFileSync(path.join(PAGES, 'site.json'), 'utf8'))
    writeSourcePages(ROOT, sources, outDir)
  },
})
