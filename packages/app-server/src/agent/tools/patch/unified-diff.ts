/** Owns unified diffs of two texts (Myers, An O(ND) Difference Algorithm, 1986), with three lines of context. */
import { LIMITS } from '@towline/protocol'

const CONTEXT = 3

/** Hunks without the names of files; empty for equal texts. */
export const unifiedDiff = (before: string, after: string): string => {
  const [a, b] = [linesOf(before), linesOf(after)]
  return hunksOf(editsOf(a, b))
    .map((hunk) => hunkText(hunk))
    .join('')
}

/** With its last newline, so that a missing one is a difference. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
  /** Lines before it, of the old and the new text. */
  readonly a: number
  readonly b: number
}

const editsOf = (a: readonly string[], b: readonly string[]): readonly Edit[] => {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1
  const signs = middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  const all = [...Array<' '>(head).fill(' '), ...signs, ...Array<' '>(tail).fill(' ')]
  let [x, y] = [0, 0]
  return all.map((sign) => {
    const edit = { sign, line: (sign === '+' ? b[y] : a[x]) as string, a: x, b: y }
    if (sign !== '+') x += 1
    if (sign !== '-') y += 1
    return edit
  })
}

type Sign = Edit['sign']

/** The shortest way from one to the other; all old then all new where that is too long to look for. */
const middle = (a: readonly string[], b: readonly string[]): readonly Sign[] => {
  const most = Math.min(a.length + b.length, LIMITS.agentDiffEdits)
  const trace: Int32Array[] = []
  const reach = new Int32Array(2 * most + 3)
  for (let d = 0; d <= most; d += 1) {
    trace.push(reach.slice(most + 1 - d, most + 2 + d))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(reach, most, k - 1) < at(reach, most, k + 1))
      let x = down ? at(reach, most, k + 1) : at(reach, most, k - 1) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      reach[most + 1 + k] = x
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return [...Array<Sign>(a.length).fill('-'), ...Array<Sign>(b.length).fill('+')]
}

const at = (reach: Int32Array, most: number, k: number): number => reach[most + 1 + k] as number

/** `trace[d]` is how far each diagonal from -d to d reached before step d. */
const walkBack = (trace: readonly Int32Array[], fromX: number, fromY: number): readonly Sign[] => {
  const signs: Sign[] = []
  let [x, y] = [fromX, fromY]
  for (let d = trace.length - 1; d > 0; d -= 1) {
    const reach = trace[d] as Int32Array
    const of = (k: number): number => reach[k + d] as number
    const k = x - y
    const down = k === -d || (k !== d && of(k - 1) < of(k + 1))
    const before = down ? k + 1 : k - 1
    const [toX, toY] = [of(before), of(before) - before]
    for (; x > toX && y > toY; x -= 1, y -= 1) signs.push(' ')
    signs.push(down ? '+' : '-')
    x = toX
    y = toY
  }
  for (; x > 0 && y > 0; x -= 1) {
    signs.push(' ')
    y -= 1
  }
  return signs.toReversed()
}

const hunksOf = (edits: readonly Edit[]): readonly (readonly Edit[])[] => {
  const hunks: Edit[][] = []
  let end = -1
  for (const [index, { sign }] of edits.entries()) {
    if (sign === ' ') continue
    const from = Math.max(index - CONTEXT, 0)
    const hunk = from <= end ? hunks.at(-1) : undefined
    const target = hunk ?? []
    if (hunk === undefined) hunks.push(target)
    const to = Math.min(index + CONTEXT + 1, edits.length)
    for (let one = hunk === undefined ? from : Math.max(end, from); one < to; one += 1) target.push(edits[one] as Edit)
    end = Math.max(end, to)
  }
  return hunks
}

const hunkText = (hunk: readonly Edit[]): string => {
  const [first] = hunk
  if (first === undefined) return ''
  const old = hunk.filter(({ sign }) => sign !== '+').length
  const now = hunk.filter(({ sign }) => sign !== '-').length
  const lines = hunk.map(({ sign, line }) =>
    line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`,
  )
  return `@@ -${range(first.a, old)} +${range(first.b, now)} @@\n${lines.join('')}`
}

const range = (before: number, count: number): string => {
  const start = count === 0 ? before : before + 1
  return count === 1 ? String(start) : `${start},${count}`
}
