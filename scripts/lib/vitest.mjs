/** Owns running a vitest project, counting its tests and the closing line. Only Node built-ins. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture, report, tool } from './run.mjs'

/** A run that did not come as far as its tests. */
export const BROKEN = { passed: 0, failed: 1, skipped: 0 }

/** The interop project starts databases, browsers and development servers. */
const DEADLINE_MS = { unit: 5 * 60_000, postgres: 5 * 60_000, system: 25 * 60_000, interop: 40 * 60_000 }

/**
 * Words after `npm test --`: only test files whose path holds one of them are run. A value of `--counts` is none of them.
 */
const FILTERS = process.argv.slice(2).filter((word, at, all) => !word.startsWith('--') && all[at - 1] !== '--counts')

/** Answers {passed, failed, skipped}; prints what failed. A run that broke outside its tests counts as one failure. */
export const vitest = async (project) => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-tests-'))
  const file = join(folder, 'report.json')
  const argv = [
    ...[tool('vitest'), 'run', '--project', project],
    ...['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`],
    ...(FILTERS.length > 0 ? ['--passWithNoTests', ...FILTERS] : []),
  ]
  const run = await capture(argv, { env: { NO_COLOR: '1' }, deadlineMs: DEADLINE_MS[project] })
  const counts = read(file)
  rmSync(folder, { recursive: true, force: true })
  const failed = run.status === 0 ? counts.failed : Math.max(1, counts.failed)
  report(`${project} tests: ${counts.passed}`, failed === 0 ? run : { ...run, status: run.status || 1 })
  return { ...counts, failed }
}

const read = (file) => {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  } catch {
    return BROKEN
  }
}

/** Counts of all runs together: `N passed, N failed`, and `, N skipped` when some were. */
export const closing = (runs) => {
  const sum = (key) => runs.reduce((all, run) => all + run[key], 0)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped}`
}

/** Keeps the counts when `--counts FILE` asks for it, prints the closing line and sets the exit status. */
export const finish = (runs) => {
  const at = process.argv.indexOf('--counts')
  if (at > 0) writeFileSync(process.argv[at + 1], JSON.stringify(runs))
  process.stdout.write(`${closing(runs)}\n`)
  // What ran nothing has proven nothing.
  process.exitCode = runs.some(({ failed }) => failed > 0) || !runs.some(({ passed }) => passed > 0) ? 1 : 0
}
