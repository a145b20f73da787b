/** Owns running a command from a script: quiet while it works, its whole output when it fails. Only Node built-ins. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A tool of node_modules by name. */
export const tool = (name) => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))

/** A command that takes longer is ended and has failed. */
const DEADLINE_MS = 10 * 60_000

/** Runs `argv` in the checkout; answers status, output and seconds. Nothing is printed. */
export const capture = (argv, { env = {}, cwd = root, deadlineMs = DEADLINE_MS } = {}) =>
  new Promise((done) => {
    const from = performance.now()
    let output = ''
    const end = (status) => done({ status, output, seconds: (performance.now() - from) / 1000 })
    const add = (chunk) => {
      output += chunk
    }
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
    })
    child.stdout.setEncoding('utf8').on('data', add)
    child.stderr.setEncoding('utf8').on('data', add)
    child.on('error', (error) => {
      add(`${error.message}\n`)
      end(127)
    })
    child.on('close', (status) => end(status ?? 1))
  })

/** Prints one line about a run on stderr, and its output when it failed. */
export const report = (name, { status, output, seconds }) => {
  process.stderr.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)\n`)
  if (status !== 0) process.stderr.write(`${output.trimEnd()}\n`)
}

/** Runs one named step and reports it. Answers whether it passed. */
export const step = async (name, argv, options) => {
  const run = await capture(argv, options)
  report(name, run)
  return run.status === 0
}
