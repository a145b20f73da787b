/** Keeps the table of the last full run in docs/guide/performance.md, between two marks. */
import { readFile, writeFile } from 'node:fs/promises'
import { formatReport } from './report.mjs'

const GUIDE = new URL('../../docs/guide/performance.md', import.meta.url)
const MARKS = /(<!-- last run -->\n)[\s\S]*(<!-- \/last run -->)/

/** Replaces the table; throws when the marks are gone. */
export async function writeGuide(result) {
  const text = await readFile(GUIDE, 'utf8')
  if (!MARKS.test(text)) throw new Error('docs/guide/performance.md has lost its "last run" marks')
  const table = `${result.startedAt.slice(0, 10)}\n\n\`\`\`text\n${formatReport(result).trimEnd()}\n\`\`\`\n`
  await writeFile(
    GUIDE,
    text.replace(MARKS, (_, open, close) => `${open}${table}${close}`),
  )
}
