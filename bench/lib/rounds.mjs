/** Interleaved rounds: every peer once a round, in random order, so that noise falls on all of them alike. */
import { median, shuffle, summary } from './stats.mjs'

/** A round counts only if direct kept this share of its own median: else the machine was busy with something else. */
const QUIET_SHARE = 0.7

/**
 * Calls `measure(name)` for each name in each round; it resolves with {metric: number}.
 * Resolves with { rounds: [{name: metrics}], errors: {name: sentence} }; a peer that throws takes no further part.
 */
export async function runRounds(names, { rounds, measure, random }) {
  const errors = {}
  const done = []
  for (let round = 0; round < rounds; round += 1) {
    const row = {}
    for (const name of shuffle(
      names.filter((each) => !errors[each]),
      random,
    )) {
      try {
        row[name] = await measure(name)
      } catch (error) {
        errors[name] = error.message
      }
    }
    done.push(row)
  }
  return { rounds: done, errors }
}

/** Drops, for all peers, the rounds in which direct fell under QUIET_SHARE of its median of `metric` (higher is better). */
export function dropNoisy(rounds, metric) {
  const base = median(rounds.map((row) => row.direct?.[metric]).filter(Number.isFinite))
  if (!Number.isFinite(base)) return rounds
  return rounds.filter((row) => !(row.direct?.[metric] < base * QUIET_SHARE))
}

/** Median and quartiles of each peer and metric, and of its ratio to `reference` within the same round. */
export function summarize(rounds, names, { metrics, reference }) {
  const rows = {}
  for (const name of names) {
    rows[name] = Object.fromEntries(
      metrics.map(({ key }) => {
        const values = rounds.map((row) => row[name]?.[key])
        const ratios = rounds.map((row) => row[name]?.[key] / row[reference]?.[key])
        return [key, { ...summary(values), ratio: summary(ratios).median, values }]
      }),
    )
  }
  return rows
}
