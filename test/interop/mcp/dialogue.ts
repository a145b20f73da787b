/** Owns talking JSON-RPC with a program, a message a line. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Dialogue {
  /** Resolves with the result. Throws what was refused, or that nothing came. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
  ask(method: string, params: object): Promise<any>
  /** A notification. */
  tell(method: string): void
  close(): Promise<void>
}

const WITHIN_MS = 30_000

/** What the program says by itself; a request of its own is answered with what this returns, or refused. */
export type Heard = (message: { readonly method: string; readonly params: unknown }) => object | undefined

/** `env` is all that the program gets. */
export const openDialogue = (
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  heard: Heard = () => undefined,
): Dialogue => {
  const [file, ...args] = argv as readonly [string, ...string[]]
  const child: ChildProcess = spawn(file, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting = new Map<number, (message: Message) => void>()
  let said = ''
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      const message = parse(line)
      if (message?.method !== undefined) answer(message as Message & { readonly method: string })
      else if (message?.id !== undefined) waiting.get(message.id)?.(message)
    })
  }
  const send = (message: object): void => void child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const answer = ({ id, method, params }: Message & { readonly method: string }): void => {
    const result = heard({ method, params })
    if (id === undefined) return
    send({ id, ...(result ? { result } : { error: { code: -32601, message: `${method} is not answered here` } }) })
  }
  let last = 0
  return {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last
        const timer = setTimeout(() => reject(new Error(`${file}: no answer to ${method}\n${said}`)), WITHIN_MS)
        waiting.set(id, ({ result, error }) => {
          clearTimeout(timer)
          if (error) reject(new Error(`${method}: ${JSON.stringify(error)}`))
          else resolve(result)
        })
        send({ id, method, params })
      }),
    tell: (method) => send({ method }),
    close: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

interface Message {
  readonly id?: number
  /** Of what the program says by itself. */
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

const parse = (line: string): Message | undefined => {
  try {
    return JSON.parse(line) as Message
  } catch {
    return undefined
  }
}
