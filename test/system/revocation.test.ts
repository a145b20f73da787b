/** Proves that a revocation reaches every use of a credential: what is open ends, and the next attempt is refused with its code. */
import { randomUUID } from 'node:crypto'
import { openSystem, type System, verifies, within, type Browser } from '@towline/testkit'
import {
  openSurfaceWorld,
  SURFACE_PERMISSIONS,
  SURFACES,
  type Surface,
  type SurfaceWorld,
} from '@towline/testkit/surfaces'
import * as oc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, decide, discoverCli, enterCode, poll, startDevice } from './oauth/login.ts'

/** A credential, and ending it; resolves when the revocation was answered. */
interface Held {
  readonly token: string
  revoke(): Promise<void>
}

let system: System
let world: SurfaceWorld
let ada: Browser
/** Milliseconds from asking for a revocation until its effect was seen, by surface and way. */
const effects: (readonly [ms: number, what: string])[] = []

beforeAll(async () => {
  system = await openSystem({ limits: { userCodesPerMinute: 100 }, site: { api: { domain: 'localhost' } } })
  world = await openSurfaceWorld(system)
  ada = await becomeOwner(system)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await system?.close()
  const [longest] = effects.toSorted(([a], [b]) => b - a)
  if (longest)
    process.stderr.write(`longest from a revocation to its effect: ${longest[0].toFixed(1)} ms, ${longest[1]}\n`)
})

const permissionsOf = ({ resource }: Surface): readonly string[] =>
  resource === '/api/mcp' ? [...SURFACE_PERMISSIONS, 'mcp'] : SURFACE_PERMISSIONS

/** A credential of the project, revoked by the control API. */
const issued = async (surface: Surface): Promise<Held> => {
  const body = JSON.stringify({ projectId: 'dev', name: randomUUID(), permissions: permissionsOf(surface) })
  const made = await system.api('/api/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const { token, credential } = (await made.json()) as { token: string; credential: { id: string } }
  const revoke = async (): Promise<void> => {
    const { status } = await system.api(`/api/tokens/${credential.id}`, { method: 'DELETE' })
    expect(status).toBe(200)
  }
  return { token, revoke }
}

/** A person's login, ended by the client that has it (RFC 7009). */
const loggedIn = async (surface: Surface): Promise<Held> => {
  const cli = await discoverCli(system)
  const resource = `${system.site.publicUrl}${surface.resource ?? ''}`
  const device = await startDevice(cli, { scope: permissionsOf(surface).join(' '), resource })
  await decide(ada, await enterCode(ada, device.verification_uri_complete as string))
  const tokens = await poll(cli, device.device_code)
  if (typeof tokens === 'string') throw new Error(tokens)
  return { token: tokens.access_token, revoke: () => oc.tokenRevocation(cli, tokens.refresh_token as string) }
}

describe.each([
  ['revoked by the API', issued],
  ['logged out', loggedIn],
] as const)('a credential that is %s', (way, hold) => {
  it.each(SURFACES.map((surface) => [surface.name, surface] as const))(
    'is over at once as a %s',
    async (name, surface) => {
      verifies('oauth.revoke')
      const { token, revoke } = await hold(surface)
      const use = await surface.use(world, token)
      const startedAt = performance.now()
      await revoke()
      if (surface.ends) expect(await within(`the end of a ${name}`, use.ended as Promise<string>)).toMatch(surface.ends)
      else expect(use.ended).toBeUndefined()
      const endedAt = performance.now()
      expect(await within(`a refusal as a ${name}`, use.again())).toBe(surface.refusal)
      effects.push([(surface.ends ? endedAt : performance.now()) - startedAt, `${name}, ${way}`])
      use.close()
    },
  )
})
