/** Owns the app-server of stock Codex on this machine, whose model wants to run one command outside of the sandbox. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCommandModel } from '../exec-server/command-model.ts'
import { type AgentHome, openAgentHome } from '../mcp/agent-home.ts'
import { codex } from '../mcp-local/codex.ts'
import { launch } from '../processes.ts'

export interface StockServer {
  readonly home: AgentHome
  readonly port: number
  close(): Promise<void>
}

export const openStockServer = async (cmd: string): Promise<StockServer> => {
  const home = openAgentHome()
  const model = await openCommandModel([[{ cmd, ...ESCALATED }]])
  writeFileSync(join(home.env['CODEX_HOME'] as string, 'config.toml'), model.settings)
  const server = launch(home.bare(...codex(), 'app-server', '--listen', 'ws://127.0.0.1:0'), { cwd: home.path })
  const close = async (): Promise<void> => {
    await server.stop()
    await model.close()
    home.remove()
  }
  try {
    const [, port] = await server.said(/ws:\/\/127\.0\.0\.1:(\d+)/)
    return { home, port: Number(port), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A person is asked first. */
export const ESCALATED = { sandbox_permissions: 'require_escalated', justification: 'May it?' }
