/** Owns where a stock agent runs: in a home of its own, with nothing of our environment, and asking nobody outside. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../processes.ts'

export interface AgentHome {
  readonly path: string
  /** All that the agent gets. */
  readonly env: Readonly<Record<string, string>>
  /** How to start it by whoever would hand down more than `env`. */
  bare(...argv: readonly string[]): readonly string[]
  remove(): void
}

/** `codex` are settings of Codex besides those that keep it on this machine, in TOML. */
export const openAgentHome = ({ codex = '' } = {}): AgentHome => {
  const { path, remove } = folder('agent')
  const own = join(path, '.codex')
  // Codex wants its folder outside of the temporary one.
  const temporary = join(path, 'tmp')
  for (const made of [own, temporary]) mkdirSync(made)
  writeFileSync(join(own, 'config.toml'), `${CODEX_SETTINGS}${codex}`)
  const env = {
    ...{ HOME: path, PATH: '/usr/bin:/bin', TERM: 'xterm', TMPDIR: temporary },
    ...{ CODEX_HOME: own, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
  }
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return { path, env, bare: (...argv) => ['env', '-i', ...words, ...argv], remove }
}

/** No model, no keychain, and no one to ask for news. */
const CODEX_SETTINGS = `model = "none"
model_provider = "loop"
check_for_update_on_startup = false
mcp_oauth_credentials_store = "file"
[model_providers.loop]
name = "loop"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"
[analytics]
enabled = false
`
