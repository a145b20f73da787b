/** Runs the guides for agents as they are written: what a person types, and the calls that their agent makes. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { openHttpService, type Service, towline, unusedPort, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read } from '../../repository.ts'
import { openReader, type Reader } from '../guide/reader.ts'
import { openRobot, type Robot } from './robot.ts'

/** A block of a page: commands that a person types, or a call that an agent makes. */
type Step = { readonly lines: readonly string[] } | { readonly tool: string; readonly arguments: object }

const stepsOf = (page: string): readonly Step[] =>
  [...read(page).matchAll(/^```(sh|json)\n(.*?)^```$/gms)].map(([, sort, text = '']) =>
    sort === 'json'
      ? (JSON.parse(text) as Step)
      : {
          lines: text
            .replaceAll(/ \\\n\s*/g, ' ')
            .split('\n')
            .filter((line) => line !== ''),
        },
  )

/** What each call has to answer. */
const ANSWERS: Readonly<Record<string, object>> = {
  towline_local_tunnel_expose: { status: 'online', cleanupTool: 'towline_local_tunnel_stop' },
  towline_webtty_exec: { state: 'exited', exitCode: 0, stdout: expect.stringContaining('nginx') },
  towline_remote_expose: { status: 'online', verified: { same: true } },
  towline_remote_expose_list: { exposures: [expect.anything()] },
  towline_remote_mcp_discover: { endpoints: [expect.anything()] },
  towline_remote_mcp_tools: {
    tools: [{ definition: { name: 'device_status' }, needsApproval: false }, { needsApproval: true }],
  },
  towline_remote_mcp_call: { isError: false, structuredContent: { temperature: 31 } },
  towline_cleanup: { failed: [], remaining: [] },
}

/** What more a command has to show. */
const SHOWS: readonly (readonly [words: RegExp, output: RegExp])[] = [
  [/^towline (codex|claude) setup --verify/, /READY +yes/],
  [/^towline (codex|claude) setup --profile/, /repaired/],
  [/^towline (codex|claude) setup --remove/, /removed/],
  [/^towline local list/, /review/],
  [/^towline policy test/, /ask/],
  [/^towline audit/, /towline_webtty_exec/],
]

describe.each(['docs/guide/codex.md', 'docs/guide/claude.md'])('agent guide %s', (page) => {
  let reader: Reader
  let agent: Client
  let web: Service
  let device: Robot
  let ports: Readonly<Record<number, number>>
  const asked: string[] = []

  beforeAll(async () => {
    device = await openRobot()
    web = await openHttpService((_request, response) => response.end('served'))
    ports = { 3000: web.port, 8001: device.port }
    reader = openReader()
    for (const name of ['systemctl', 'journalctl']) {
      const file = join(reader.folder, 'bin', name)
      writeFileSync(file, '#!/bin/sh\necho "$@"\n')
      chmodSync(file, 0o755)
    }
    await reader.type(`towline up --listen 127.0.0.1:${await unusedPort()}`)
    await reader.type('towline webtty server --name edge-lab')
    const capabilities = { elicitation: { form: {} } }
    agent = new Client({ name: 'guide-agent', version: '1.0.0' }, { capabilities })
    agent.setRequestHandler('elicitation/create', ({ params }) => {
      asked.push(params.message)
      return { action: 'accept', content: { confirm: true } }
    })
    const [command = '', ...args] = towline('mcp', 'serve')
    const env = { TOWLINE_HOME: reader.folder, PATH: process.env['PATH'] ?? '' }
    await agent.connect(new StdioClientTransport({ command, args, env }))
  })
  afterAll(async () => {
    await agent?.close()
    await reader?.type('towline local stop --all').catch(() => undefined)
    await reader?.close()
    await Promise.all([web?.close(), device?.close()])
  })

  const here = (text: string): string => text.replaceAll(/\b(3000|8001)\b/g, (port) => String(ports[Number(port)]))

  const type = async (line: string): Promise<void> => {
    const { output } = await reader.type(here(line))
    for (const [words, shows] of SHOWS) if (words.test(line)) expect(output, line).toMatch(shows)
  }
  const call = async ({
    tool,
    arguments: args,
  }: {
    readonly tool: string
    readonly arguments: object
  }): Promise<void> => {
    const given = JSON.parse(here(JSON.stringify(args))) as Record<string, unknown>
    const answer = await agent.callTool({ name: tool, arguments: given })
    expect(answer.structuredContent ?? answer.content, tool).toMatchObject(ANSWERS[tool] ?? {})
  }

  it.each(stepsOf(page).map((step, index) => [index + 1, JSON.stringify(step).slice(0, 90), step] as const))(
    'step %i: %s',
    async (_index, _words, step) => {
      verifies('agent.setup.codex', 'agent.setup.claude', 'guard.cleanup', 'guard.labels', 'guard.audit')
      if ('tool' in step) await call(step)
      else for (const line of step.lines) await type(line)
    },
  )

  it('asked its person about the restart alone', () => {
    verifies('guard.approval')
    expect(asked).toEqual([expect.stringMatching(/On: tow:\/\/edge-lab[\s\S]*"systemctl",\s+"restart",\s+"nginx"/)])
  })
})
