/** Owns a person at the terminal of a stock Codex, who sees the screen and presses keys. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@towline/testkit'
import { openTmux, type Tmux } from '../../system/tmux.ts'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { type AgentName, agent } from '../mcp/judges.ts'

/** Codex starts within a second on a quiet machine. */
const WITHIN_MS = 60_000

export interface StockTui extends AsyncDisposable {
  readonly home: AgentHome
  readonly tmux: Tmux
  /** Starts Codex with these words, at an app-server. */
  start(port: number, ...words: readonly string[]): Promise<void>
  /** Types what the person says, once Codex takes it. */
  say(text: string): Promise<void>
  /** The screen once it matches. */
  sees(pattern: RegExp): Promise<string>
  /** Waits until Codex asks, and presses the key of the answer; the question is gone then. */
  answers(asked: RegExp, key: 'y' | 'n' | 'Escape'): Promise<void>
  /** Leaves Codex as a person does; resolves when the shell is back. */
  quit(): Promise<string>
}

/** Opens a terminal; Codex gets a home of its own, and looks for nothing outside of this machine. */
export const openStockTui = async (name: AgentName): Promise<StockTui> => {
  const home = openAgentHome()
  const project = join(home.path, 'project')
  mkdirSync(project)
  const tmux = await openTmux({ ...home.env, TERM: 'xterm-256color' }, { cols: 110, rows: 50 })
  const sees = (pattern: RegExp): Promise<string> => tmux.until(pattern, WITHIN_MS)
  return {
    home,
    tmux,
    sees,
    start: async (port, ...words) => {
      const argv = [process.execPath, agent(name), ...words, '--remote', `ws://127.0.0.1:${port}`]
      await tmux.enter(`clear; cd ${project}; ${argv.join(' ')}`)
      await sees(PROMPT)
    },
    say: async (text) => {
      await tmux.type(text)
      // Codex takes what comes at once for a paste, in which Enter is a line break.
      await sees(new RegExp(`› ${text}`))
      await tmux.press('Enter')
    },
    answers: async (asked, key) => {
      await sees(asked)
      let looks = 0
      const answered = async (): Promise<true | undefined> => {
        if (looks++ % PATIENCE === 0) await tmux.press(key)
        return asked.test(await tmux.screen()) ? undefined : true
      }
      await eventually(`the end of ${asked}`, answered, WITHIN_MS)
    },
    quit: async () => {
      await tmux.type('/quit')
      await sees(/\/quit/)
      await tmux.press('Enter')
      return await sees(/^local>$/m)
    },
    [Symbol.asyncDispose]: async () => {
      await tmux[Symbol.asyncDispose]()
      // Codex hears of the end of its terminal, and writes a little more.
      await eventually('the end of Codex', () => removed(home))
    },
  }
}

const removed = (home: AgentHome): true | undefined => {
  try {
    home.remove()
    return true
  } catch {
    return undefined
  }
}

/** A question that has just come up may overlook a key; whoever sees it stay for so many looks presses again. */
const PATIENCE = 40

/** Where the person types. */
const PROMPT = /^› /m
