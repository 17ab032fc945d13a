// The three schedules of the instructor's guide, computed from the minutes that the pages state:
// a lecture's front matter, a phase's line in course.yaml, an exercise's front matter where it has
// work of its own beyond its phase. What is planned and does not stand yet does not count.
//
// The work is one line of time: of each phase first its lectures, then the lab. It is cut into weeks
// from left to right; a lecture stays whole, a lab may go on next week.

const QUARTER = 15
const FULL_WEEK = 40 * 60

export const PLANS = {
  term: { title: '12 to 16 weeks', weeks: termWeeks },
  'part-time': { title: 'part time', weeks: (total) => Math.max(1, Math.ceil(total / (6 * 60))) },
  intensive: { title: '6 weeks', weeks: () => 6 },
}

/** The shortest term of 12 to 16 weeks with no week above 40 hours. */
function termWeeks(total) {
  for (let weeks = 12; weeks < 16; weeks++) if (total / weeks <= FULL_WEEK) return weeks
  return 16
}

/** What there is to do, in order: { kind, module, title, url, minutes, phase }. */
export function workOf(modules, urlOf) {
  return modules.flatMap((module) => {
    const ofPhase = (pages, number) => pages.filter((page) => page.phase === number)
    const page = (kind) => (entry) => ({ kind, module, title: entry.title, url: urlOf(entry.file), minutes: entry.minutes })
    const known = new Set(module.phases.map((phase) => phase.number))
    const outside = (pages) => pages.filter((entry) => !known.has(entry.phase))
    return [
      ...outside(module.lectures).map(page('lecture')),
      ...module.phases.flatMap((phase) => [
        ...ofPhase(module.lectures, phase.number).map(page('lecture')),
        { kind: 'lab', module, title: `phase ${phase.number}, ${phase.title}`, url: urlOf(module.readme), minutes: phase.minutes },
        ...ofPhase(module.exercises, phase.number).filter((entry) => entry.minutes > 0).map(page('lab')),
      ]),
      ...outside(module.exercises).filter((entry) => entry.minutes > 0).map(page('lab')),
    ]
  })
}

export function minutesOf(work) {
  return work.reduce((sum, item) => sum + item.minutes, 0)
}

/** The weeks of a plan: { weeks: [[piece]], perWeek, left }; a piece is an item with its minutes. */
export function schedule(work, weekCount) {
  const total = minutesOf(work)
  const perWeek = Math.max(QUARTER, Math.ceil(total / weekCount / QUARTER) * QUARTER)
  const weeks = Array.from({ length: weekCount }, () => [])
  let week = 0
  let free = perWeek
  const nextWeek = () => {
    if (week + 1 < weekCount) {
      week++
      free = perWeek
    } else {
      free = Infinity
    }
  }
  for (const item of work) {
    let left = item.minutes
    let part = 0
    if (item.kind === 'lecture' && left > free && free < left / 2) nextWeek()
    while (left > 0) {
      if (free < QUARTER) nextWeek()
      const minutes = item.kind === 'lecture' ? left : Math.min(left, free)
      weeks[week].push({ ...item, minutes, part: ++part, rest: left - minutes })
      left -= minutes
      free -= minutes
    }
  }
  return { weeks, perWeek, total }
}

export const hours = (minutes) => {
  const rounded = Math.round(minutes / 60 * 10) / 10
  return `${rounded} ${rounded === 1 ? 'hour' : 'hours'}`
}

/** A plan as Markdown: a sentence with the sums and a table of weeks. */
export function planMarkdown(name, modules, planned, urlOf) {
  const plan = PLANS[name]
  if (!plan) return null
  const work = workOf(modules, urlOf)
  if (work.length === 0) return 'No module stands yet, so there is nothing to plan.'
  const count = plan.weeks(minutesOf(work))
  const { weeks, perWeek, total } = schedule(work, count)
  const names = modules.map((module) => `${module.number} ${module.title}`).join(', ')
  const heavy = perWeek > FULL_WEEK
    ? ` **That is above 40 hours a week**: leave out the last phase of each module, or choose modules.`
    : ''
  const rows = weeks.map((pieces, at) => {
    const cell = (kind) => pieces.filter((piece) => piece.kind === kind).map(said).join('<br>')
    return `| ${at + 1} | ${cell('lecture')} | ${cell('lab')} | ${hours(minutesOf(pieces))} |`
  })
  return [
    `${hours(total)} of work in ${count} weeks, about ${hours(total / count)} a week. It counts ${modules.length === 1 ? 'the one module that stands' : `the ${modules.length} modules that stand`}: ${names}.${heavy}`,
    '',
    '<div class="plan">',
    '',
    '| week | lectures | lab | together |',
    '|---:|---|---|---:|',
    ...rows,
    '',
    '</div>',
    ...(planned.length
      ? ['', `Planned and not counted: ${[...planned].sort((a, b) => a.number - b.number).map((module) => `${module.number} ${module.title}`).join('; ')}.`]
      : []),
  ].join('\n')
}

function said(piece) {
  const whole = piece.part === 1 && piece.rest === 0
  const part = whole ? '' : piece.rest === 0 ? ', to the end' : piece.part === 1 ? ', begun' : ', going on'
  return `[${piece.title}](${piece.url})${part} (${piece.minutes} min)`
}
