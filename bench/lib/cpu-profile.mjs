/** Reads a V8 CPU profile and sums self time by function, with source maps where the bundle has them. */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

const maps = new Map()

/** Rows { name, place, ms, share } of the functions with the most self time; `totalMs` leaves idle time out. */
export function topFunctions(file, count) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const rows = new Map()
  samples.forEach((id, index) => add(rows, frames.get(id), timeDeltas[index] / 1000))
  const idleMs = take(rows, '(idle)')
  const totalMs = [...rows.values()].reduce((sum, { ms }) => sum + ms, 0)
  const top = [...rows.values()].sort((a, b) => b.ms - a.ms).slice(0, count)
  return { totalMs, idleMs, rows: top.map((row) => ({ ...row, share: row.ms / totalMs })) }
}

function add(rows, { functionName, url, lineNumber, columnNumber }, ms) {
  const key = `${functionName} ${url}:${lineNumber}:${columnNumber}`
  const row = rows.get(key) ?? {
    name: functionName || '(anonymous)',
    place: place(url, lineNumber, columnNumber),
    ms: 0,
  }
  row.ms += ms
  rows.set(key, row)
}

function take(rows, name) {
  const [key, row] = [...rows].find(([, each]) => each.name === name) ?? []
  rows.delete(key)
  return row?.ms ?? 0
}

/** `path:line` of the source, as short as it stays clear. */
function place(url, line, column) {
  if (!url) return ''
  if (!url.startsWith('file://')) return `${url}:${line + 1}`
  const path = fileURLToPath(url)
  const entry = sourceMap(path)?.findEntry(line, column)
  if (entry?.originalSource === undefined) return `${path.split('/').slice(-3).join('/')}:${line + 1}`
  return `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`
}

function sourceMap(path) {
  if (!maps.has(path)) maps.set(path, readMap(`${path}.map`))
  return maps.get(path)
}

const readMap = (file) => (existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null)
