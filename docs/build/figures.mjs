// Figures from benchmarks/results/<module>.json: a chart, the table below it, and single numbers.
//
// The chart has one row a figure. Its scale is the factor by which ours is ahead, so that right is
// better whether more or less of the thing is wanted:
//
//        slower          1x          faster
//          |     <=======|             |         we lose: as long and as thick as a win
//          |             |=====|-|--:  |         bar to the median, line from the least to the
//                                                largest round, colon where the goal is
//
// Positions are percentages, so the drawing is as wide as its place and its letters keep their size.

import fs from 'node:fs'
import path from 'node:path'
import { escapeHtml } from './highlight.mjs'
import { PageError } from './repository.mjs'

const ASIDE = new Set(['settledRate', 'tableBytes', 'p50', 'p99', 'max', 'stalled', 'slowCalls'])
const DESCRIBING = new Set(['what', 'date', 'command', 'rounds'])

export function readFigures(root, name) {
  const file = `benchmarks/results/${name}.json`
  if (!fs.existsSync(path.join(root, file))) return null
  const results = JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'))
  const rows = Object.entries(results.workloads).flatMap(([workload, metrics]) =>
    Object.entries(metrics)
      .filter(([metric]) => !DESCRIBING.has(metric))
      .map(([metric, value]) => row(workload, metric, value, metrics)),
  )
  return { file, results, rows }
}

function row(workload, metric, value, about) {
  const { ours, ratio, goal, met, ...others } = value
  const rival = Object.values(others).find((other) => typeof other === 'number')
  const moreIsBetter = /rate$/i.test(metric)
  return { workload, metric, ours, rival, ratio, goal, met, moreIsBetter, what: about.what }
}

/** One number by its path, for `{{figure kvstore workloads.readseq.rate.ratio.median}}`. */
export function figureAt(figures, key) {
  const value = key.split('.').reduce((at, step) => at?.[step], figures.results)
  if (typeof value !== 'number' && typeof value !== 'string') return null
  if (typeof value === 'string') return value
  return key.includes('.ratio.') ? value.toFixed(2) : quantity(key.split('.').at(-2), value)
}

/** Replaces the quoted figures and the figure comments of one line; an unknown key stops the build. */
export function quoteFigures(root, text, file, line) {
  return text
    .replace(/\{\{\s*figure\s+([\w-]+)\s+([\w.-]+)\s*\}\}/g, (_, name, key) => {
      const figures = readFigures(root, name)
      if (!figures) throw new PageError(file, line, `there is no benchmarks/results/${name}.json to take a figure from`)
      const value = figureAt(figures, key)
      if (value === null) throw new PageError(file, line, `${figures.file} has no figure ${key}`)
      return value
    })
    .replace(/<!--\s*figures:\s*([\w-]+)\s*-->/g, (_, name) => {
      const figures = readFigures(root, name)
      if (!figures) throw new PageError(file, line, `there is no benchmarks/results/${name}.json to draw`)
      return chart(figures) + '\n\n' + tables(figures)
    })
}

const ahead = (row, ratio) => (row.moreIsBetter ? ratio : 1 / ratio)

/** The chart with machine and date. */
export function chart(figures) {
  const rows = figures.rows.filter((row) => row.ratio && !ASIDE.has(row.metric))
  const scale = axis(rows)
  const { machine, rival, workloads } = figures.results
  const dates = [...new Set(Object.values(workloads).map((workload) => workload.date))].sort()
  const when = dates.length > 1 ? `${dates[0]} to ${dates.at(-1)}` : dates[0]
  const rounds = Math.max(...Object.values(workloads).map((workload) => workload.rounds ?? 1))
  const lost = rows.filter((row) => ahead(row, row.ratio.median) < 1).length
  const host = `${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.fileSystem}, ${machine.kernel}, ${machine.jdk}`
  const html = [
    '<figure class="ratios" v-pre>',
    `<figcaption><strong>Times better than the rival.</strong> ${rows.length - lost} ahead, ${lost} behind.`,
    `<span class="key"><span class="swatch win"></span>ahead <span class="swatch loss"></span>behind <span class="swatch spread"></span>least to largest round <span class="swatch goal"></span>goal</span></figcaption>`,
    `<div class="ratio-row head"><span></span>${axisSvg(scale)}<span></span></div>`,
    ...rows.map((row) => ratioRow(row, scale)),
    `<p class="facts">Rival: ${escapeHtml(rival)}. ${escapeHtml(host)}. ${when}, ${rounds === 1 ? 'one round, so no spread' : `up to ${rounds} rounds`}.</p>`,
    '</figure>',
  ]
  return html.join('\n')
}

function axis(rows) {
  const values = rows.flatMap((row) => [row.ratio.min, row.ratio.max].map((ratio) => ahead(row, ratio)))
  const steps = Math.min(5, Math.max(1, Math.ceil(Math.max(...values.map((value) => Math.abs(Math.log2(value)))))))
  const place = (value) => {
    const share = (Math.log2(value) / steps + 1) / 2
    return (Math.min(0.995, Math.max(0.005, share)) * 100).toFixed(2) + '%'
  }
  const marks = Array.from({ length: 2 * steps + 1 }, (_, at) => 2 ** (at - steps))
  return { steps, place, marks }
}

function axisSvg(scale) {
  const name = (mark) => (mark < 1 ? `1/${1 / mark}` : `${mark}`)
  const text = scale.marks
    .filter((mark) => Math.abs(Math.log2(mark)) < scale.steps)
    .map((mark) => `<text x="${scale.place(mark)}" y="14" text-anchor="middle">${name(mark)}x</text>`)
  return `<svg class="axis" width="100%" height="20" aria-hidden="true">${text.join('')}</svg>`
}

function ratioRow(row, scale) {
  const [median, least, largest] = [row.ratio.median, row.ratio.min, row.ratio.max].map((ratio) => ahead(row, ratio))
  const [from, to] = [Math.min(least, largest), Math.max(least, largest)]
  const kind = median >= 1 ? 'win' : 'loss'
  const place = scale.place
  const bar = median >= 1 ? [1, median] : [median, 1]
  const goal = goalFactor(row)
  const wide = (a, b) => `x="${place(a)}" width="${(Number.parseFloat(place(b)) - Number.parseFloat(place(a))).toFixed(2)}%"`
  const said = `${row.workload} ${row.metric}: ${factor(median)} times ${median >= 1 ? 'better' : 'as good'}${row.goal ? `, goal ${row.met ? 'met' : 'missed'}` : ''}`
  const parts = [
    ...scale.marks.map((mark) => `<line class="${mark === 1 ? 'one' : 'grid'}" x1="${place(mark)}" x2="${place(mark)}" y1="0" y2="22"/>`),
    `<rect class="bar" ${wide(...bar)} y="6" height="10"/>`,
    from < to ? `<line class="spread" x1="${place(from)}" x2="${place(to)}" y1="11" y2="11"/>` : '',
    ...(goal ? ['halo', 'goal'].map((name) => `<line class="${name}" x1="${place(goal)}" x2="${place(goal)}" y1="1" y2="21"/>`) : []),
  ]
  const verdict = row.goal ? `<span class="verdict">${row.met ? 'goal met' : 'goal missed'}</span>` : ''
  return [
    `<div class="ratio-row ${kind}${row.goal && !row.met ? ' missed' : ''}">`,
    `<span class="name" title="${escapeHtml(row.what ?? '')}">${escapeHtml(row.workload)} <small>${escapeHtml(row.metric)}</small></span>`,
    `<svg width="100%" height="22" role="img" aria-label="${escapeHtml(said)}">${parts.join('')}</svg>`,
    `<span class="value">${factor(median)}x ${verdict}</span></div>`,
  ].join('')
}

/** Where the goal lies on the scale: `>= 1.50x` of a rate, `<= 0.80x` of a cost. */
function goalFactor(row) {
  const match = /^[<>]=\s*([\d.]+)x$/.exec(row.goal ?? '')
  return match && Number(match[1]) > 0 ? ahead(row, Number(match[1])) : null
}

const factor = (value) => (value >= 10 ? value.toFixed(1) : value.toFixed(2))

/** Main figures as a table, the rest behind a fold. */
export function tables(figures) {
  const main = figures.rows.filter((row) => !ASIDE.has(row.metric))
  const rest = figures.rows.filter((row) => ASIDE.has(row.metric))
  const head = '| figure | ours | rival | ours / rival | goal | |\n|---|---:|---:|---:|---:|---|\n'
  const line = (row) =>
    `| \`${row.workload}.${row.metric}\` | ${quantity(row.metric, row.ours)} | ${quantity(row.metric, row.rival)} | ${ratioText(row.ratio)} | ${escapeHtml(row.goal ?? '')} | ${row.goal ? (row.met ? 'met' : '**missed**') : ''} |`
  const fold = rest.length ? `\n\n<details><summary>Everything else that was measured</summary>\n\n${head}${rest.map(line).join('\n')}\n\n</details>` : ''
  return `The path of a figure in \`${figures.file}\` is \`workloads.\` and what the first column says. A ratio is ours by the rival's: for rates more is better, for CPU, times and bytes less.\n\n${head}${main.map(line).join('\n')}${fold}`
}

function ratioText(ratio) {
  if (!ratio) return '-'
  return ratio.min === ratio.max
    ? factor(ratio.median)
    : `${factor(ratio.median)} (${factor(ratio.min)}-${factor(ratio.max)})`
}

const three = (value) => Number(value.toPrecision(3)).toString()

function scaled(value, steps) {
  const [size, unit] = steps.findLast(([size]) => Math.abs(value) >= size) ?? steps[0]
  return `${three(value / size)} ${unit}`
}

/** A number with the unit that its metric has in the results file. */
export function quantity(metric, value) {
  if (value === undefined || value === null) return '-'
  if (metric === 'hitRate') return `${three(value)} %`
  if (/rate$/i.test(metric)) return scaled(value, [[1, '/s'], [1e3, 'k/s'], [1e6, 'M/s']])
  if (/bytes$/i.test(metric)) return scaled(value, [[1, 'B'], [1e3, 'kB'], [1e6, 'MB'], [1e9, 'GB']])
  if (/allocation/i.test(metric)) return `${three(value)} B`
  if (/calls$/i.test(metric)) return three(value)
  return scaled(value, [[1, 'ns'], [1e3, 'us'], [1e6, 'ms'], [1e9, 's']])
}
