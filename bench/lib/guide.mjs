/** Keeps the table of the last full run in docs/guide/performance.md, between two marks; each group of cases has its own. */
import { readFile, writeFile } from 'node:fs/promises'
import { formatReport } from './report.mjs'

const GUIDE = new URL('../../docs/guide/performance.md', import.meta.url)
/** `last run`, or `last webtty run` for cases of that group. */
const marksOf = (name) => new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*(<!-- /${name} -->)`)

/** Replaces the table of each group that was run; throws when the marks are gone. */
export async function writeGuide(result) {
  for (const group of new Set(result.cases.map((each) => each.group))) {
    const cases = result.cases.filter((each) => each.group === group)
    const floors = result.floors?.filter((row) => cases.some(({ name }) => name === row.case))
    await writeTable(group ? `last ${group} run` : 'last run', { ...result, cases, ...(floors && { floors }) })
  }
}

async function writeTable(name, result) {
  const marks = marksOf(name)
  const text = await readFile(GUIDE, 'utf8')
  if (!marks.test(text)) throw new Error(`docs/guide/performance.md has lost its "${name}" marks`)
  const table = `${result.startedAt.slice(0, 10)}\n\n\`\`\`text\n${formatReport(result).trimEnd()}\n\`\`\`\n`
  await writeFile(
    GUIDE,
    text.replace(marks, (_, open, close) => `${open}${table}${close}`),
  )
}
