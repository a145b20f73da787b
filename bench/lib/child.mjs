/** Child processes of a run: started by argv, ended by pid within a deadline, and all ended when the bench ends. */
import { spawn } from 'node:child_process'
import { isAlive } from './proc.mjs'

const TERM_MS = 2_000
const TAIL_CHARS = 4_000
const running = new Set()

/**
 * Starts a process. `child.line(test)` resolves with the first stdout line that `test` accepts (a value, or null for
 * no); `child.exited` with its exit code; `child.stop()` ends it and waits; `child.tail()` is its last output.
 */
export function startChild(argv, { cwd, env } = {}) {
  const child = spawn(argv[0], argv.slice(1), { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  const self = { pid: child.pid, stdin: child.stdin, startedAt: performance.now(), exitCode: null }
  const output = collect(child)
  child.stdin.on('error', () => {})
  self.exited = new Promise((resolve) => {
    child.on('error', (error) => resolve(finish(output, self, `${argv[0]}: ${error.message}`)))
    child.on('close', (code, signal) => resolve(finish(output, self, code ?? signal)))
  })
  self.line = (test, ms) => output.line(test, ms, argv)
  self.tail = output.tail
  self.stop = () => stop(child, self)
  running.add(self)
  return self
}

/** Runs a process that prints one JSON line, and resolves with that object. */
export async function runJson(argv, { ms, ...options }) {
  const child = startChild(argv, options)
  try {
    return await child.line(parseJson, ms)
  } finally {
    await child.stop()
  }
}

/** Runs a process to its end; resolves with {code, output}. */
export async function runToEnd(argv, { ms, ...options }) {
  const child = startChild(argv, options)
  child.stdin.end()
  const timer = setTimeout(() => child.stop(), ms)
  const code = await child.exited
  clearTimeout(timer)
  return { code, output: child.tail() }
}

/** Ends every process that is still running; safe to call twice. */
export async function stopAll() {
  await Promise.all([...running].map((child) => child.stop()))
}

/** A line that is a JSON object, parsed; null for any other line. */
export function parseJson(line) {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function finish(output, self, code) {
  self.exitCode ??= code
  running.delete(self)
  output.closed(code)
  return code
}

async function stop(child, self) {
  if (self.exitCode !== null || child.pid === undefined) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => isAlive(child.pid) && child.kill('SIGKILL'), TERM_MS)
  // What it started may hold its output open for longer than it lives.
  await Promise.race([self.exited, new Promise((resolve) => setTimeout(resolve, 2 * TERM_MS))])
  clearTimeout(timer)
}

function collect(child) {
  const lines = []
  const waiters = new Set()
  let tail = ''
  let rest = ''
  const keep = (text) => (tail = (tail + text).slice(-TAIL_CHARS))
  child.stderr.setEncoding('utf8').on('data', keep)
  child.stdout.setEncoding('utf8').on('data', (text) => {
    keep(text)
    const parts = (rest + text).split('\n')
    rest = parts.pop()
    lines.push(...parts)
    for (const waiter of waiters) waiter.look()
  })
  const state = { ended: null }
  return {
    tail: () => tail,
    closed(code) {
      state.ended = code
      for (const waiter of waiters) waiter.look()
    },
    line: (test, ms, argv) => waitLine({ lines, waiters, state, tail: () => tail }, test, { ms, argv }),
  }
}

function waitLine({ lines, waiters, state, tail }, test, { ms, argv }) {
  return new Promise((resolve, reject) => {
    const fail = (why) => done(reject, new Error(`${argv.slice(0, 4).join(' ')} ${why}: ${tail().trim().slice(-800)}`))
    const timer = setTimeout(() => fail(`said nothing useful in ${ms} ms`), ms)
    const waiter = {
      next: 0,
      look() {
        for (; waiter.next < lines.length; waiter.next += 1) {
          const value = test(lines[waiter.next])
          if (value !== null) return done(resolve, value)
        }
        if (state.ended !== null) fail(`ended with ${state.ended}`)
      },
    }
    const done = (settle, value) => {
      clearTimeout(timer)
      waiters.delete(waiter)
      settle(value)
    }
    waiters.add(waiter)
    waiter.look()
  })
}
