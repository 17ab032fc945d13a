// Where a file of the repository is found on the site.
//
//   README.md                                   /readme
//   module-03-kvstore/README.md                 /module-03-kvstore/
//   module-03-kvstore/lectures/01-x.md          /module-03-kvstore/lectures/01-x
//   docs/pages/guide/plans.md                   /guide/plans
//   module-03-kvstore/src/.../Record.java       /source/module-03-kvstore/src/.../Record-java
//
// A source page's name has a dash where the file's has a dot, so that no server takes the page for
// the file itself. Links between files of the repository are written for a reader of the files; here
// they are turned into links between pages, and one that leads nowhere stops the build.

import fs from 'node:fs'
import path from 'node:path'
import { PageError } from './repository.mjs'

const IMAGE = /\.(svg|png|jpe?g|gif|webp)$/i

/** The page's path below the pages folder, with `.md`. */
export function pagePath(file) {
  let page = file.startsWith('docs/pages/') ? file.slice('docs/pages/'.length) : file
  if (page === 'README.md') return 'readme.md'
  page = page.replace(/(^|\/)README\.md$/, '$1index.md')
  return page.replace(/[^/]+$/, (name) => name.toLowerCase())
}

export function pageUrl(file) {
  return '/' + pagePath(file).replace(/\.md$/, '').replace(/(^|\/)index$/, '$1')
}

export function sourceUrl(file) {
  return '/source/' + file.replace(/[^/]+$/, (name) => name.replaceAll('.', '-'))
}

/** The file that a fence's `file="..."` names: below the page's module, or below the root. */
export function fenceFile(root, page, named) {
  const top = page.split('/')[0]
  return [`${top}/${named}`, named].find((file) => fs.existsSync(path.join(root, file))) ?? null
}

/**
 * Rewrites the links of one page.
 *
 * @param body Markdown
 * @param page { root, file, firstLine, pages: Set of files, source(file), image(file) }
 */
export function rewriteLinks(body, page) {
  return outsideCode(body, page.firstLine, (text, line) =>
    text
      .replace(/(\]\()([^()\s<>]+)((?:\s+"[^"]*")?\))/g, (_, open, target, close) => {
        const url = resolve(target, page, line)
        return open + url + close + (url.startsWith('/source/') ? '{target="_self"}' : '')
      })
      .replace(/^(\[[^\]]+\]:\s+)(\S+)/, (_, open, target) => open + resolve(target, page, line)),
  )
}

function resolve(target, page, line) {
  if (/^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(target)) return target
  const [name, anchor] = target.split('#')
  const file = path.posix.normalize(path.posix.join(path.posix.dirname(page.file), decodeURI(name)))
  const tail = anchor === undefined ? '' : '#' + anchor
  if (page.pages.has(file)) return pageUrl(file) + tail
  const absolute = path.join(page.root, file)
  if (file.startsWith('..') || !fs.existsSync(absolute)) {
    throw new PageError(page.file, line, `the link to ${target} leads nowhere: there is no ${file}`)
  }
  if (fs.statSync(absolute).isDirectory()) {
    if (page.pages.has(`${file.replace(/\/$/, '')}/README.md`)) {
      return pageUrl(`${file.replace(/\/$/, '')}/README.md`) + tail
    }
    throw new PageError(page.file, line, `the link to ${target} leads to a folder without a README.md; name a file in it`)
  }
  if (file.endsWith('.md')) {
    throw new PageError(page.file, line, `the link to ${target} leads to a Markdown file that is not on the site`)
  }
  return IMAGE.test(file) ? page.image(file) : page.source(file) + tail
}

/** Applies a function to the text of each line, and leaves fences and code spans as they are. */
export function outsideCode(body, firstLine, rewrite) {
  let fence = null
  return body
    .split('\n')
    .map((line, index) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)
      if (fence !== null) {
        if (mark && mark[1].startsWith(fence) && line.trim() === mark[1]) fence = null
        return line
      }
      if (mark) {
        fence = mark[1]
        return line
      }
      const spans = []
      const text = line.replace(/(`+)(?:(?!\1).)+\1/g, (span) => `\0${spans.push(span) - 1}\0`)
      return rewrite(text, firstLine + index).replace(/\0(\d+)\0/g, (_, at) => spans[at])
    })
    .join('\n')
}
