/** Compares a run with bench/floors.json: each row names a case, a peer, a metric and two bounds, a floor and an aim. */
import { readFileSync } from 'node:fs'
import { median } from './stats.mjs'

/**
 * Of the cases that were run, rows { measure, verdict, got, floor, aim, besideRatio }. A row with `against` bounds the ratio to that peer within a
 * round, any other bounds the median itself. `beside` only informs: the ratio to another peer of the same run, because a
 * slower machine misses a bound in seconds without any fault of the product.
 */
export function compareFloors(cases) {
  const { floors } = JSON.parse(readFileSync(new URL('../floors.json', import.meta.url), 'utf8'))
  const measured = floors.filter((row) => cases.some(({ name }) => name === row.case))
  return measured.map((row) => {
    const value = row.against
      ? ratioOf(row, row.against, cases)
      : (rowsOf(row, cases)?.[row.peer]?.[row.metric].median ?? Number.NaN)
    const besideRatio = row.beside ? ratioOf(row, row.beside, cases) : Number.NaN
    return {
      ...row,
      value,
      verdict: verdictOf(row, value),
      besideRatio: Number.isFinite(besideRatio) ? besideRatio : null,
    }
  })
}

const rowsOf = ({ case: name }, cases) => cases.find((each) => each.name === name)?.rows

/** Median of the ratios to `other` within each round; NaN when one of the two is missing. */
function ratioOf(row, other, cases) {
  const rows = rowsOf(row, cases)
  if (!rows?.[row.peer] || !rows[other]) return Number.NaN
  const others = rows[other][row.metric].values
  return median(rows[row.peer][row.metric].values.map((value, round) => value / others[round]).filter(Number.isFinite))
}

function verdictOf({ better, floor, aim }, value) {
  if (!Number.isFinite(value)) return 'not measured'
  const meets = (bound) => (better === 'high' ? value >= bound : value <= bound)
  if (meets(aim)) return 'met, aim too'
  return meets(floor) ? 'met' : 'MISSED'
}
