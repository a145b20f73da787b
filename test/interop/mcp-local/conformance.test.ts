/** Judges the transport of published tools by the conformance suite and the inspector: with the suite's tools, and with ours. */
import { fileURLToPath } from 'node:url'
import { silentLog } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AddressInfo } from 'node:net'
import { fixtureServer } from '../../../packages/control/src/mcp/conformance.fixture.ts'
import { httpService, type HttpService } from '../../../packages/mcp/src/server/http-service.ts'
import { serveHttp } from '../../../packages/mcp/src/server/serve-http.ts'
import { conformance, inspector, stdioInspector } from '../mcp/judges.ts'
import { contextOf, openTowline, type Towline, towline } from '../towline.ts'
import { endPublished, publishTools } from './publish.ts'

const REVISIONS = ['2026-07-28', '2025-11-25'] as const

describe('interop mcp conformance, published transport', () => {
  let judged: HttpService
  let url: string
  beforeAll(async () => {
    const hosts = () => ['localhost', '127.0.0.1']
    judged = httpService(serveHttp({ factory: fixtureServer, limits: LIMITS, log: silentLog(), hosts }))
    await new Promise<void>((done) => judged.server.listen(0, '127.0.0.1', done))
    url = `http://localhost:${(judged.server.address() as AddressInfo).port}/mcp`
  })
  afterAll(() => judged?.close())

  it.each(REVISIONS)('passes all that revision %s requires, with the tools of the suite', async (revision) => {
    verifies('mcp.conformance')
    const expected = fileURLToPath(new URL(`expected-failures.${revision}.yaml`, import.meta.url))
    const words = ['--url', url, '--requirements', revision, '--expected-failures', expected]
    const { status, stdout } = await conformance(...words)
    expect([status, status === 0 || stdout]).toEqual([0, true])
  })
})

/** Those that call nothing of the suite's own, so our own tools can take their place. */
const OF_ANY_SERVER: Readonly<Record<(typeof REVISIONS)[number], readonly string[]>> = {
  '2026-07-28': ['tools-list', 'server-sse-multiple-streams', 'dns-rebinding-protection', 'http-header-validation'],
  '2025-11-25': ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'],
}

describe('interop mcp, tools of a workstation', () => {
  let server: Towline
  let port: number
  beforeAll(async () => {
    server = await openTowline()
    await publishTools(server, '--name', 'desk', '--private', '--profile', 'admin')
    port = (await server.dial('tow://desk')).port
  })
  afterAll(async () => {
    await endPublished()
    await server?.close()
  })

  const scenarios = REVISIONS.flatMap((revision) => OF_ANY_SERVER[revision].map((name) => [revision, name] as const))
  it.each(scenarios)('at revision %s they pass %s, on a tunnel', async (revision, name) => {
    verifies('mcp.conformance')
    const words = ['--url', `http://localhost:${port}/mcp`, '--scenario', name, '--spec-version', revision, '--force']
    const { status, stdout } = await conformance(...words)
    expect([status, status === 0 || stdout]).toEqual([0, true])
  })

  const found = (stderr: string): string => /\d+ errors?, \d+ warnings?/.exec(stderr)?.[0] ?? 'nothing found'

  it('the inspector finds every schema portable over standard input and output, and calls one', async () => {
    verifies('mcp.conformance', 'mcp.serve')
    const serve = towline('mcp', 'serve')
    const listed = await stdioInspector(serve, ['--method', 'tools/list', '--strict'], server.env)
    expect([listed.status, found(listed.stderr)]).toEqual([0, 'nothing found'])
    const call = ['--method', 'tools/call', '--tool-name', 'towline_runtime_status']
    const { stdout } = await stdioInspector(serve, call, server.env)
    expect(JSON.parse(stdout).structuredContent).toMatchObject({ ready: true })
  })

  it.each(['modern', 'legacy'])('the inspector (%s) does the same with published tools and a token', async (era) => {
    verifies('mcp.conformance', 'mcp.publish')
    const url = await publishTools(server, '--name', `desk-${era}`, '--profile', 'admin')
    const words = [url, '--protocol-era', era, '--header', `Authorization: Bearer ${contextOf(server).token}`]
    const listed = await inspector([...words, '--method', 'tools/list', '--strict'])
    expect([listed.status, found(listed.stderr)]).toEqual([0, 'nothing found'])
    const { stdout } = await inspector([...words, '--method', 'tools/call', '--tool-name', 'towline_runtime_status'])
    expect(JSON.parse(stdout).structuredContent).toMatchObject({ ready: true })
  })
})
