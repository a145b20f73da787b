/** Proves what the operator of a control room can do, and that no secret is written or logged. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog, silentLog } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { controlFixture } from './control.fixture.ts'
import { openControl } from './control.ts'

const code = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return await work
  } catch (error) {
    return error instanceof AppError ? error.code : error
  }
}

describe('control', () => {
  it('refuses a project slug that cannot be part of a host name, and makes nothing', async () => {
    const { control, close } = await controlFixture()
    expect(await code(control.ensureProject('My Project'))).toBe('NAME_INVALID')
    expect(await code(control.ensureProject('www'))).toBe('NAME_RESERVED')
    expect(await control.authority.project('www')).toBeUndefined()
    await close()
  })

  it('refuses to revoke what does not exist', async () => {
    const { control, close } = await controlFixture()
    expect(await code(control.revoke('crd_none'))).toBe('NOT_FOUND')
    await close()
  })

  it('refuses more credentials than the bound; expired and revoked ones make room', async () => {
    verifies('limits.table')
    const { control, clock, close } = await controlFixture({ limits: { ...LIMITS, credentials: 3 } })
    const { authority } = control
    const { token } = await control.createOwnerCredential((await control.ensureProject('dev')).id)
    const owner = await authority.verify(token)
    const mint = (ttlSeconds: number) => authority.mint(owner, { permissions: ['tunnels.list'], ttlSeconds })
    await mint(10)
    const second = await mint(1000)
    expect(await code(mint(10))).toBe('LIMIT_REACHED')
    clock.ms += 10_000
    await mint(1000)
    expect(await code(mint(10))).toBe('LIMIT_REACHED')
    await control.revoke(second.credentialId)
    await mint(10)
    await close()
  })

  it('answers AUTHORITY_UNAVAILABLE when the store is closed, and closes twice', async () => {
    const { control, close } = await controlFixture()
    const { token } = await control.createOwnerCredential((await control.ensureProject('dev')).id)
    await control.close()
    await close()
    expect(await code(control.authority.verify(token))).toBe('AUTHORITY_UNAVAILABLE')
    expect(await code(control.authority.project('dev'))).toBe('AUTHORITY_UNAVAILABLE')
    expect(control.authority.report({ at: 1, action: 'late', decision: 'allowed' })).toBeUndefined()
  })

  it('keeps no secret in its files or its log', async () => {
    const lines: string[] = []
    const log = createLog({ level: 'debug', stream: { write: (line) => lines.push(line) } })
    const { control, dir, close } = await controlFixture({ log })
    const { authority } = control
    const owner = await control.createOwnerCredential((await control.ensureProject('dev')).id)
    const principal = await authority.verify(owner.token)
    const minted = await authority.mint(principal, { permissions: ['tunnels.list'], ttlSeconds: 60 })
    await code(authority.verify(`${minted.token.slice(0, -1)}!`))
    await control.revoke(owner.credentialId)
    await control.audit({ limit: 1 })
    const folder = join(dir, 'control')
    const kept = [...readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1')), ...lines].join('\n')
    const secretOf = (token: string) => token.split('_')[2] as string
    expect(kept).toContain(owner.credentialId)
    expect([owner.token, minted.token].map((token) => kept.includes(secretOf(token)))).toEqual([false, false])
    await close()
  })

  it('keeps projects and credentials when it is opened again, and makes a project once', async () => {
    const { control, dir, close } = await controlFixture()
    const [first, same] = await Promise.all([control.ensureProject('dev'), control.ensureProject('dev')])
    expect(same).toEqual(first)
    const { token, credentialId } = await control.createOwnerCredential(first.id)
    await control.close()
    const again = await openControl({ dir, log: silentLog() })
    expect(await again.ensureProject('dev')).toEqual(first)
    expect((await again.authority.verify(token)).credentialId).toBe(credentialId)
    await again.close()
    await close()
  })
})
