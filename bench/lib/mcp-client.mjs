/** An MCP server as an agent starts it: a process, and JSON lines each way. Calls have no bound but that of the run. */
import { spawn } from 'node:child_process'
import { cpuMs } from './proc.mjs'

const STOP_MS = 3_000
const ANSWER_MS = 30_000

const HELLO = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1.0.0' },
}

/**
 * Starts it and says hello. `initMs` is from the start of the process to its answer, `initCpuMs` what all its threads ran
 * for it; `ask(method, params)` resolves with the whole answer and its `chars`.
 */
export async function startMcp(argv, { env } = {}) {
  const startedAt = performance.now()
  const child = spawn(argv[0], argv.slice(1), { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] })
  const waiting = new Map()
  const gone = new Promise((resolve) => child.once('close', resolve))
  const fail = (why) => {
    for (const { reject } of waiting.values()) reject(new Error(`${argv.slice(-3).join(' ')} ${why}`))
    waiting.clear()
  }
  child.once('error', (error) => fail(error.message))
  child.once('close', (code) => fail(`ended with ${code}`))
  child.stdin.on('error', () => {})
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (part) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const message = JSON.parse(line)
      const asked = waiting.get(message.id)
      waiting.delete(message.id)
      asked?.resolve({ ...message, chars: line.length })
    }
  })
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let last = 0
  const ask = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS)
      const settled = (settle) => (value) => {
        clearTimeout(timer)
        settle(value)
      }
      const id = (last += 1)
      waiting.set(id, { resolve: settled(resolve), reject: settled(reject) })
      send({ id, method, params })
    })
  const stop = async () => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(timer)
  }
  try {
    await ask('initialize', HELLO)
    const hello = { initMs: performance.now() - startedAt, initCpuMs: cpuMs(child.pid) }
    send({ method: 'notifications/initialized' })
    return { pid: child.pid, ...hello, ask, call: (name, args) => call(ask, name, args), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What a call answered: { isError, answer }. */
async function call(ask, name, args) {
  const { result, error } = await ask('tools/call', { name, arguments: args })
  if (!result) throw new Error(JSON.stringify(error))
  const answer = result.structuredContent ?? JSON.parse(result.content[0].text)
  return { isError: result.isError === true, answer }
}
