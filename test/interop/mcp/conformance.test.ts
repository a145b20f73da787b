/** Judges the hosted MCP endpoint by the conformance suite of the protocol, at both revisions. */
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Endpoint, openEndpoint } from '../../../packages/control/src/mcp/endpoint.fixture.ts'
import { conformance } from './judges.ts'

/** Those that call nothing of the suite's own, so our own tools can take their place. */
const OF_ANY_SERVER: Readonly<Record<string, readonly string[]>> = {
  '2026-07-28': [
    ...['tools-list', 'resources-list', 'sep-2164-resource-not-found', 'server-sse-multiple-streams'],
    ...['dns-rebinding-protection', 'http-header-validation', 'input-required-result-unsupported-methods'],
    ...['sep-2640-skills-enumeration', 'sep-2640-skills-manifest'],
  ],
  '2025-11-25': ['server-initialize', 'ping', 'tools-list', 'resources-list', 'dns-rebinding-protection'],
}

describe('interop mcp conformance', () => {
  let endpoint: Endpoint
  beforeAll(async () => {
    endpoint = await openEndpoint()
  })
  afterAll(() => endpoint?.close())

  it.each(['2026-07-28', '2025-11-25'])(
    'passes all that revision %s requires, with the tools of the suite',
    async (revision) => {
      verifies('hosted-mcp.conformance')
      const expected = fileURLToPath(new URL(`expected-failures.${revision}.yaml`, import.meta.url))
      const words = ['--url', endpoint.fixtureUrl, '--requirements', revision, '--expected-failures', expected]
      const { status, stdout } = await conformance(...words)
      expect([status, status === 0 || stdout]).toEqual([0, true])
    },
  )

  const scenarios = Object.entries(OF_ANY_SERVER).flatMap(([revision, names]) =>
    names.map((name) => [revision, name] as const),
  )
  it.each(scenarios)('at revision %s our own endpoint passes %s', async (revision, name) => {
    verifies('hosted-mcp.conformance')
    const { status, stdout } = await conformance(
      '--url',
      endpoint.url,
      '--scenario',
      name,
      '--spec-version',
      revision,
      '--force',
    )
    expect([status, status === 0 || stdout]).toEqual([0, true])
  })
})
