/** Medians, quartiles and shuffles: the few statistics that a noisy machine allows. */

/** The q-quantile (0..1) with linear interpolation; NaN of nothing. */
export function quantile(values, q) {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low)
}

export const median = (values) => quantile(values, 0.5)

/** Median and interquartile range. */
export function summary(values) {
  const known = values.filter(Number.isFinite)
  return { median: median(known), low: quantile(known, 0.25), high: quantile(known, 0.75), count: known.length }
}

/** A shuffled copy; `random` gives 0 <= x < 1. */
export function shuffle(items, random = Math.random) {
  const copy = [...items]
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1))
    const held = copy[index]
    copy[index] = copy[other]
    copy[other] = held
  }
  return copy
}
