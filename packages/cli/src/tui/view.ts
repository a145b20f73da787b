/** Owns what is known while a thread is shown: plain values that events change and lines are drawn from. */
import type { AppClientState } from '@towline/app-server'
import type { PlanStep, RpcId, Thread, ThreadItem, ThreadTokenUsage } from '@towline/protocol'

/** Something that is told beside the thread. */
export interface Notice {
  readonly type: 'notice'
  readonly level: 'info' | 'warning' | 'error'
  readonly text: string
}

/** One thing in the order it came. Text is as the server sent it: whoever draws it makes it safe. */
export interface Entry {
  /** Of an item its id. */
  readonly key: string
  readonly turnId: string
  readonly item: ThreadItem | Notice
  /** What has come of it in pieces; of a command its output. */
  readonly text: string
  readonly isDone: boolean
}

export interface OpenQuestion {
  readonly id: RpcId
  readonly method: string
  // oxlint-disable-next-line typescript/no-explicit-any -- of a server: each field is looked at where it is used
  readonly params: any
}

export interface View {
  /** How many threads were opened: entries of each are drawn anew. */
  readonly opening: number
  readonly thread: Thread | undefined
  readonly model: string
  readonly cwd: string
  readonly entries: readonly Entry[]
  /** So many of the first entries are over: they do not change any more. */
  readonly settled: number
  /** Of the turn under way. */
  readonly turnId: string | undefined
  readonly plan: { readonly explanation: string | null; readonly steps: readonly PlanStep[] } | undefined
  readonly questions: readonly OpenQuestion[]
  readonly usage: ThreadTokenUsage | undefined
  readonly link: AppClientState
  /** Why the model is asked again. */
  readonly retrying: string | undefined
  /** Made up for notices. */
  readonly lastKey: number
}

export const EMPTY_VIEW: View = {
  opening: 0,
  thread: undefined,
  model: '',
  cwd: '',
  entries: [],
  settled: 0,
  turnId: undefined,
  plan: undefined,
  questions: [],
  usage: undefined,
  link: { status: 'online' },
  retrying: undefined,
  lastKey: 0,
}

/** The entries at the front that are over are settled. */
export const settle = (view: View): View => {
  let { settled } = view
  while (view.entries[settled]?.isDone) settled += 1
  return settled === view.settled ? view : { ...view, settled }
}

export const withNotice = (view: View, level: Notice['level'], text: string): View => {
  const key = `notice-${view.lastKey + 1}`
  const entry: Entry = { key, turnId: view.turnId ?? '', item: { type: 'notice', level, text }, text: '', isDone: true }
  return settle({ ...view, lastKey: view.lastKey + 1, entries: [...view.entries, entry] })
}

/** What the agent said last; undefined before it said anything. */
export const lastAnswer = ({ entries }: View): string | undefined => {
  const answer = entries.findLast(({ item }) => item.type === 'agentMessage')
  return answer?.text || undefined
}
