// A server on loopback for a built site, with the clean addresses that VitePress writes.

import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', json: 'application/json', png: 'image/png' }

/** Serves a folder on a free port of 127.0.0.1: { origin, close }. */
export async function serve(folder) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1')
    const file = fileFor(folder, decodeURIComponent(pathname))
    const found = file ?? path.join(folder, '404.html')
    const type = TYPES[path.extname(found).slice(1)] ?? 'application/octet-stream'
    const body = fs.existsSync(found) ? fs.readFileSync(found) : Buffer.from('not found')
    response.writeHead(file ? 200 : 404, { 'content-type': type, 'content-length': body.length })
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections() }),
  }
}

/** The file behind an address: itself, its `.html`, or the index of a folder. */
export function fileFor(folder, pathname) {
  const wanted = path.join(folder, path.posix.normalize(pathname))
  if (!(wanted + path.sep).startsWith(folder + path.sep)) return null
  const candidates = pathname.endsWith('/') ? [path.join(wanted, 'index.html')] : [wanted, `${wanted}.html`]
  return candidates.find((file) => fs.existsSync(file) && fs.statSync(file).isFile()) ?? null
}
