/** Owns a person at stock Codex on a laptop: its terminal shows an agent that works behind our edge. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@towline/testkit'
import { openTmux } from '../../system/tmux.ts'
import { openAgentHome } from '../mcp/agent-home.ts'
import { codex } from '../mcp-local/codex.ts'

/** Codex starts within a second on a quiet machine. */
const WITHIN_MS = 60_000

export interface Laptop {
  /** `host:port` of the app-server; its name leads to this machine. */
  readonly remote: string
  readonly token: string
  /** PEM file of the CA that it trusts. */
  readonly caFile: string
}

export interface FarTui extends AsyncDisposable {
  /** Waits until Codex takes what is typed. */
  ready(): Promise<void>
  /** Types what the person says. */
  say(text: string): Promise<void>
  press(key: string): Promise<void>
  /** The screen once it matches. */
  sees(pattern: RegExp): Promise<string>
}

/** Starts Codex in a home of its own, with nothing but the token in its environment. */
export const openFarTui = async ({ remote, token, caFile }: Laptop): Promise<FarTui> => {
  const home = openAgentHome()
  const project = join(home.path, 'project')
  mkdirSync(project)
  const env = { ...home.env, TERM: 'xterm-256color', DEVBOX_TOKEN: token, SSL_CERT_FILE: caFile }
  const tmux = await openTmux(env, { cols: 110, rows: 50 })
  const sees = (pattern: RegExp): Promise<string> => tmux.until(pattern, WITHIN_MS)
  const words = ['--remote', `wss://${remote}`, '--remote-auth-token-env', 'DEVBOX_TOKEN']
  const argv = [...knowing(remote, home.path), ...codex(), ...words]
  await tmux.enter(`clear; cd ${project}; ${argv.join(' ')}; echo "status $?"`)
  return {
    sees,
    ready: async () => void (await sees(/^› /m)),
    say: async (text) => {
      await tmux.type(text)
      // Codex takes what comes at once for a paste, in which Enter is a line break.
      await sees(new RegExp(`› ${text}`))
      await tmux.press('Enter')
    },
    press: (key) => tmux.press(key),
    [Symbol.asyncDispose]: async () => {
      await tmux[Symbol.asyncDispose]()
      // Codex hears of the end of its terminal, and writes a little more.
      await eventually('the end of Codex', () => removed(home))
    },
  }
}

/** Codex asks the system's resolver, which not everywhere knows names below localhost: it sees a table that does. */
const knowing = (remote: string, folder: string): readonly string[] => {
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, `${readFileSync('/etc/hosts', 'utf8')}\n127.0.0.1 ${remote.replace(/:\d+$/, '')}\n`)
  return ['bwrap', '--dev-bind', '/', '/', '--ro-bind', hosts, '/etc/hosts', '--']
}

const removed = (home: ReturnType<typeof openAgentHome>): true | undefined => {
  try {
    home.remove()
    return true
  } catch {
    return undefined
  }
}
