/** The table a run prints: one block a case, one line a peer, medians with quartiles and the ratio to the reference. */
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** All cases of a run as text. */
export function formatReport({ machine, versions, cases, floors }) {
  const blocks = [head(machine, versions), ...cases.map(block)]
  if (floors) blocks.push(formatFloors(floors))
  return `${blocks.join('\n\n')}\n`
}

function head(machine, versions) {
  const { cpu, cores, memoryGiB, kernel, node, distribution, load1, load1AtEnd } = machine
  const where = `${cores} cores (${cpu}), ${memoryGiB} GiB, ${distribution}, Linux ${kernel}, Node ${node}`
  const load = `load average ${load1.toFixed(1)} before, ${load1AtEnd.toFixed(1)} after`
  return [where, load, ...Object.entries(versions).map(([name, version]) => `${name}: ${version}`)].join('\n')
}

function block({ name, title, metrics, reference, rows, skipped, failed, dropped, placement, seconds }) {
  const header = ['peer', ...metrics.flatMap(({ unit, plain }) => (plain ? [unit] : [unit, 'quartiles', 'x ref']))]
  const lines = Object.entries(rows).map(([peer, row]) => [
    peer,
    ...metrics.flatMap((metric) => cells(row[metric.key], metric)),
  ])
  const notes = [
    ...Object.entries(skipped).map(([peer, why]) => `skipped ${peer}: ${why}`),
    ...Object.entries(failed).map(([peer, why]) => `failed ${peer}: ${oneLine(why)}`),
    ...(dropped > 0 ? [`dropped ${dropped} round(s): direct under 70 % of its median`] : []),
  ]
  const caption = `${name}: ${title}; ref = ${reference}; ${placement}; ${seconds} s`
  return [caption, ...(lines.length > 0 ? table([header, ...lines]) : []), ...notes.map((note) => `  ${note}`)].join(
    '\n',
  )
}

function cells(value, { digits, plain }) {
  if (!value || value.count === 0) return plain ? ['-'] : ['-', '', '']
  if (plain) return [value.median.toFixed(digits)]
  const range = `${value.low.toFixed(digits)}-${value.high.toFixed(digits)}`
  return [value.median.toFixed(digits), range, Number.isFinite(value.ratio) ? value.ratio.toFixed(2) : '']
}

function formatFloors(floors) {
  const rows = floors.map((row) => [
    row.verdict,
    row.measure,
    number(row.value),
    row.floor,
    row.aim,
    row.unit,
    beside(row),
  ])
  return ['Floors', ...table([['', 'measure', 'got', 'floor', 'aim', 'unit', 'beside'], ...rows])].join('\n')
}

const number = (value) => (Number.isFinite(value) ? `${Number(value.toPrecision(3))}` : '-')
const beside = ({ besideRatio, beside: peer }) => (besideRatio === null ? '' : `${number(besideRatio)} x ${peer}`)

/** Columns padded to their widest cell; the first column is left aligned, the rest by their content. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)))
  return rows.map((row) =>
    `  ${row.map((cell, column) => align(String(cell ?? ''), widths[column], column)).join('  ')}`.trimEnd(),
  )
}

const align = (cell, width, column) =>
  column < 2 && !/^[\d.]+$/.test(cell) ? cell.padEnd(width) : cell.padStart(width)
/** Short, and without this machine's paths. */
const oneLine = (text) =>
  text.replaceAll(process.execPath, 'node').replaceAll(`${ROOT}`, '').replaceAll(/\s+/g, ' ').slice(0, 300)
