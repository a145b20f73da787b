/** Owns what a server asks: each is asked of a person once, however often it is sent, and answered always. */
import { LIMITS, type Limits, RPC_CODE, type RpcAnswer, type RpcId } from '@towline/protocol'
import type { AppQuestion } from './app-messages.ts'

/** Undefined when nobody here can answer that. */
export type Handle = (question: AppQuestion) => Promise<object> | undefined

interface Open {
  readonly key: string
  readonly ending: AbortController
  reply: (answer: RpcAnswer) => void
  /** Kept until the server says that it has it: the connection may break before. */
  answer?: RpcAnswer
}

export class Questions {
  readonly #open = new Map<RpcId, Open>()
  readonly #handle: Handle
  readonly #limits: Limits

  constructor(handle: Handle, limits: Limits = LIMITS) {
    this.#handle = handle
    this.#limits = limits
  }

  /** A server sends what is open again, under the same id, to whoever comes back. */
  ask(asked: Pick<AppQuestion, 'id' | 'method' | 'params'>, reply: Open['reply']): void {
    const { id, method, params } = asked
    const key = `${method} ${JSON.stringify(params)}`
    const before = this.#open.get(id)
    if (before?.key === key) {
      before.reply = reply
      if (before.answer) reply(before.answer)
      return
    }
    this.resolved(id)
    this.#bound()
    const open: Open = { key, ending: new AbortController(), reply }
    this.#open.set(id, open)
    const answers = this.#answer({ ...asked, signal: open.ending.signal })
    if (!answers)
      return this.#answered(id, open, refusal(id, RPC_CODE.unknownMethod, `this client does not answer ${method}`))
    answers.then(
      (result) => this.#answered(id, open, { id, result }),
      () => this.#answered(id, open, refusal(id, RPC_CODE.internal, `this client could not answer ${method}`)),
    )
  }

  /** Nobody has to answer it any more. */
  resolved(id: RpcId): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    open?.ending.abort()
  }

  close(): void {
    for (const id of this.#open.keys()) this.resolved(id)
  }

  /** What is of another shape than whoever answers it knows, nobody can answer. */
  #answer(question: AppQuestion): Promise<object> | undefined {
    try {
      return this.#handle(question)
    } catch {
      return undefined
    }
  }

  #answered(id: RpcId, open: Open, answer: RpcAnswer): void {
    if (this.#open.get(id) !== open) return
    open.answer = answer
    open.reply(answer)
  }

  #bound(): void {
    if (this.#open.size < this.#limits.appClientQuestions) return
    const [id, open] = this.#open.entries().next().value as [RpcId, Open]
    if (!open.answer) open.reply(refusal(id, RPC_CODE.internal, 'too many questions are open'))
    this.resolved(id)
  }
}

const refusal = (id: RpcId, code: number, message: string): RpcAnswer => ({ id, error: { code, message } })
