/** Owns running a command from a script: quiet while it works, its whole output when it fails. Only Node built-ins. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs `argv` in the checkout; answers status, output and seconds. Nothing is printed. */
export const capture = (argv, { env = {}, cwd = root } = {}) =>
  new Promise((done) => {
    const from = performance.now()
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const add = (chunk) => {
      output += chunk
    }
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    child.on('error', (error) => done({ status: 127, output: `${output}${error.message}\n`, seconds: 0 }))
    child.on('close', (status) => done({ status: status ?? 1, output, seconds: (performance.now() - from) / 1000 }))
  })

/** Runs one named step and prints a line about it on stderr; the output only when it failed. Answers whether it passed. */
export const step = async (name, argv, options) => {
  const { status, output, seconds } = await capture(argv, options)
  const word = status === 0 ? 'ok  ' : 'FAIL'
  process.stderr.write(`${word} ${name} (${seconds.toFixed(1)} s)\n`)
  if (status !== 0) process.stderr.write(`${output.trimEnd()}\n`)
  return status === 0
}

/** A tool of node_modules by name. */
export const tool = (name) => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))
