/** Judges the authorization server by the conformance suite of MCP: what it tells of itself, and a login for the hosted endpoint. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSystem, type System, verifies } from '@towline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { becomeOwner, decide } from '../../system/oauth/login.ts'
import { folder, freePort, launch } from '../processes.ts'
import { authorizationSuite } from './judges.ts'

/** What every server is held to, and what each setting of `clientDocuments` adds: no failure is expected. */
const PASSED = { 'authorization-server-metadata': 'SUCCESS', 'authorization-code-grant': 'SUCCESS' }

/**
 * Client-id metadata documents (SEP-991) are a SHOULD. They make the server fetch what strangers name, and clients that see
 * them offered try nothing else: on a server without a way out no such login succeeds. So they are off until somebody turns
 * them on, and the suite warns of it.
 */
const EXPECTED = [
  { clientDocuments: false, checks: { ...PASSED, 'authorization-server-metadata-cimd': 'WARNING' } },
  { clientDocuments: true, checks: { ...PASSED, 'authorization-server-metadata-cimd': 'SUCCESS' } },
] as const

describe('interop mcp conformance, authorization', () => {
  let system: System | undefined
  afterEach(() => system?.close())

  const rows = EXPECTED.flatMap((row) => ['2025-11-25', '2026-07-28'].map((revision) => ({ ...row, revision })))
  it.each(rows)(
    'at revision $revision, client documents $clientDocuments: passes all that it requires',
    async ({ revision, clientDocuments, checks }) => {
      verifies('oauth.metadata', 'oauth.pkce', 'hosted-mcp.conformance')
      system = await openSystem({ site: { api: { domain: 'localhost' }, clientDocuments } })
      const ada = await becomeOwner(system)
      const port = await freePort()
      const results = folder('conformance')
      const { publicUrl } = system.site
      const words = ['--url', publicUrl, '--resource', `${publicUrl}/api/mcp`, '--spec-version', revision]
      const clientId = await register(publicUrl, `http://127.0.0.1:${port}/callback`)
      const client = ['--client-id', clientId, '--port', `${port}`, '--output-dir', results.path]
      const suite = launch(authorizationSuite(...words, ...client))
      const [address] = await suite.said(/http:\/\/localhost:\d+\/oauth\/authorize\S+/)
      await decide(ada, await ada.open(address))
      const status = await suite.ended()
      expect([status, statuses(results.path)], suite.output()).toEqual([0, checks])
      results.remove()
    },
  )
})

/** As a client of MCP does that nobody knows: by RFC 7591. */
const register = async (publicUrl: string, redirectUri: string): Promise<string> => {
  const answer = await fetch(`${publicUrl}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'A suite', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
  })
  return ((await answer.json()) as { client_id: string }).client_id
}

interface Check {
  readonly id: string
  readonly status: string
}

/** What each check came to, by its id, of all scenarios that left results. */
const statuses = (results: string): Readonly<Record<string, string>> => {
  const checks = readdirSync(results).flatMap(
    (scenario) => JSON.parse(readFileSync(join(results, scenario, 'checks.json'), 'utf8')) as Check[],
  )
  return Object.fromEntries(checks.map(({ id, status }) => [id, status]))
}
