/** Owns running a vitest project and counting its tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture, tool } from './run.mjs'

/** Answers {passed, failed, skipped}; prints what failed. A run that broke counts as one failure. */
export const vitest = async (project) => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-tests-'))
  const report = join(folder, 'report.json')
  const argv = [
    tool('vitest'),
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const { status, output, seconds } = await capture(argv, { env: { NO_COLOR: '1' } })
  const counts = read(report)
  rmSync(folder, { recursive: true, force: true })
  const failed = status === 0 ? 0 : Math.max(1, counts.failed)
  process.stderr.write(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${project} tests: ${counts.passed} (${seconds.toFixed(1)} s)\n`,
  )
  if (failed > 0) process.stderr.write(`${output.trimEnd()}\n`)
  return { ...counts, failed }
}

const read = (file) => {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** The closing line: counts of all runs together. */
export const closing = (runs) => {
  const sum = (key) => runs.reduce((all, run) => all + run[key], 0)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped}`
}
