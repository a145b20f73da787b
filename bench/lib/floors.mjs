/** Compares a run with bench/floors.json: each row names a case, a peer, a metric and a bound. */
import { readFileSync } from 'node:fs'

/** Rows { measure, floor, aim, got, verdict }: met, met aim, missed, or not measured. */
export function compareFloors(cases) {
  const { floors } = JSON.parse(readFileSync(new URL('../floors.json', import.meta.url), 'utf8'))
  return floors.map((row) => judge(row, valueOf(row, cases)))
}

/** `value` compares the median itself, `ratio` its median ratio to `against` within a round. */
function valueOf({ case: name, peer, metric, against }, cases) {
  const rows = cases.find((each) => each.name === name)?.rows
  if (!rows?.[peer]) return null
  if (!against) return rows[peer][metric].median
  if (!rows[against]) return null
  const ratios = rows[peer][metric].values.map((value, round) => value / rows[against][metric].values[round])
  return medianOf(ratios.filter(Number.isFinite))
}

function judge(row, got) {
  const better = row.better === 'high' ? (a, b) => a >= b : (a, b) => a <= b
  const verdict =
    got === null || !Number.isFinite(got)
      ? 'not measured'
      : better(got, row.aim)
        ? 'met, aim too'
        : better(got, row.floor)
          ? 'met'
          : 'MISSED'
  const text = (value) =>
    value === null || !Number.isFinite(value) ? '-' : `${Number(value.toPrecision(3))} ${row.unit}`
  return { ...row, verdict, got: text(got), floor: text(row.floor), aim: text(row.aim), value: got }
}

function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
