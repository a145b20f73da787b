/** Reaches a shell in one of three ways, by what a peer says: `bare` (here), `argv` (a program, over pipes), or `url` (the library, in this process). */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const OPERATIONS = new URL('../../../packages/operations/dist/index.js', import.meta.url)
const BINDING = new URL('../../../packages/webtty/package.json', import.meta.url)
const TTY = { cols: 80, rows: 24, term: 'xterm' }
const PROMPT = '@@ '
const TAIL_BYTES = 256

/**
 * A terminal whose shell has printed its prompt. `onData(bytes)` hears what comes, and answers a promise when it wants to
 * wait; `pid` is that of the client's own process. It has to be closed before a result is printed, which ends this process.
 */
export async function openTerminal(how) {
  const terminal = await (how.bare ? bareTerminal : how.argv ? commandTerminal : libraryTerminal)(how)
  const ready = until(terminal, PROMPT)
  // Neither line is the prompt when it is echoed.
  terminal.write("PS1='@''@ '; bind 'set enable-bracketed-paste off'; unset PROMPT_COMMAND\r")
  await ready
  return terminal
}

/** Resolves with how many bytes came, once `text` was among the last of them. */
export function until(terminal, text) {
  return new Promise((resolve) => {
    let tail = ''
    let count = 0
    terminal.onData = (bytes) => {
      count += bytes.length
      tail = (tail + Buffer.from(bytes.subarray(-TAIL_BYTES)).toString('latin1')).slice(-TAIL_BYTES)
      if (tail.includes(text)) resolve(count)
    }
  })
}

const HERE = { pid: process.pid, onData: () => {} }

async function bareTerminal({ bare }) {
  const { createRequire } = await import('node:module')
  const { spawn: spawnPty } = createRequire(fileURLToPath(BINDING))('@lydell/node-pty')
  const pty = spawnPty(bare[0], bare.slice(1), { ...TTY, name: TTY.term, encoding: null })
  const self = { ...HERE, write: (text) => pty.write(text), close: () => pty.kill('SIGKILL') }
  pty.onData((bytes) => self.onData(bytes))
  return self
}

async function commandTerminal({ argv, env }) {
  const child = spawn(argv[0], argv.slice(1), { env: { ...process.env, ...env, TERM: TTY.term } })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const close = () => child.kill('SIGKILL') && gone
  const self = { pid: child.pid, onData: () => {}, write: (text) => child.stdin.write(text), close }
  child.stdout.on('data', (bytes) => {
    const wait = self.onData(bytes)
    if (!wait) return
    child.stdout.pause()
    wait.then(() => child.stdout.resume())
  })
  child.stderr.pipe(process.stderr)
  return self
}

/** A machine as the commands reach it. */
export async function openMachine({ url, env }) {
  const operations = await import(OPERATIONS.href)
  const signal = new AbortController().signal
  const connection = () => operations.resolveConnection(env)
  return operations.openMachine({ connection, url, agent: 'bench', signal, env, trust: {} })
}

async function libraryTerminal(how) {
  const machine = await openMachine(how)
  const connection = await machine.connect()
  const self = { ...HERE, write: (text) => process_.write(Buffer.from(text)), close: () => machine.close() }
  const sink = {
    output(fd, offset, bytes) {
      const wait = self.onData(bytes)
      const end = offset + bytes.length
      if (wait) wait.then(() => process_.consumed(fd, end))
      else process_.consumed(fd, end)
    },
  }
  const process_ = connection.open({ kind: 'pty', argv: how.words, tty: TTY }, { sink })
  await process_.opened
  return self
}

/** Runs a command to its end; resolves with its exit status. */
export function runCommand({ argv, env }, words = []) {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], [...argv.slice(1), ...words], { env: { ...process.env, ...env }, stdio: 'ignore' })
    child.on('error', reject)
    child.on('close', resolve)
  })
}
