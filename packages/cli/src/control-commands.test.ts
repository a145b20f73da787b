/** Proves the commands of the control API against a whole server, as the owner credential of a project may use them. */
import { readContexts, saveContext } from '@towline/operations'
import { type AuditRecord, LIMITS } from '@towline/protocol'
import { eventually } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HomeWithServer, openHomeWithServer } from '../test/home-with-server.ts'

/** A page of the export. */
interface Exported {
  readonly records: readonly AuditRecord[]
  readonly cursor?: string
}

let up: HomeWithServer

beforeAll(async () => {
  up = await openHomeWithServer()
})
afterAll(() => up?.[Symbol.asyncDispose]())

const cli = (...argv: string[]) => up.cli(...argv)

const json = async (...argv: string[]) => {
  const { exit, stdout, stderr } = await cli(...argv, '-o', 'json')
  expect([exit, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

const refusal = async (...argv: string[]) => {
  const { exit, stdout, stderr } = await cli(...argv, '-o', 'json')
  expect(stdout).toBe('')
  return [exit, JSON.parse(stderr).error.code]
}

describe('cli control: refusals', () => {
  it('cli: tells that people and new projects need a login, and what is not there', async () => {
    verifies('cli.errors')
    expect(await refusal('member', 'list')).toEqual([4, 'LOGIN_NEEDED'])
    expect(await refusal('member', 'add', 'x@example.com')).toEqual([4, 'LOGIN_NEEDED'])
    expect(await refusal('member', 'add', 'x@example.com', '--role', 'king')).toEqual([2, 'OPTION_INVALID'])
    expect(await refusal('project', 'create', 'Demo')).toEqual([4, 'LOGIN_NEEDED'])
    expect(await refusal('project', 'use', 'other')).toEqual([3, 'NOT_FOUND'])
    expect(await refusal('project', 'delete', 'dev')).toEqual([2, 'USAGE'])
    expect(await refusal('project', 'rename', 'dev')).toEqual([2, 'USAGE'])
    expect(await refusal('token', 'revoke', 'crd_none')).toEqual([3, 'NOT_FOUND'])
    expect(await refusal('audit', '--limit', '0')).toEqual([2, 'OPTION_INVALID'])
    expect(await refusal('workspace', 'list', '--context', 'none')).toEqual([3, 'CONTEXT_MISSING'])
  })
})

describe('cli control: what a project credential may', () => {
  it('cli: lists its workspace and project, in every format', async () => {
    verifies('cli.output', 'project.crud')
    expect(await json('workspace', 'list')).toMatchObject([{ id: 'wsp_first' }])
    expect(await json('project', 'list')).toMatchObject([{ endpoint: 'dev', host: 'dev.localhost', plan: 'free' }])
    expect((await cli('project', 'list')).stdout).toMatch(/^ENDPOINT +NAME +HOST .*\ndev +dev +dev\.localhost/)
    expect((await cli('project', 'list', '-o', 'yaml')).stdout).toContain('endpoint: dev')
  })

  it('cli: renames its project and uses it under its new endpoint', async () => {
    const renamed = await json('project', 'rename', 'dev', '--name', 'Development', '--endpoint', 'devel')
    expect(renamed).toMatchObject({ name: 'Development', endpoint: 'devel' })
    expect(await json('project', 'use', 'devel')).toMatchObject({ endpoint: 'devel' })
    const { contexts } = await readContexts({ TOWLINE_HOME: up.home })
    expect(contexts).toMatchObject([{ name: 'local', project: 'devel' }])
  })

  it('cli: lists, rotates and revokes credentials; the token before stops, and all of it is in the audit trail', async () => {
    verifies('token.project', 'audit.log')
    const { token, credentialId } = await json('token', 'create', '--permission', 'projects.read', '--ttl', '10m')
    const as = async (name: string, secret: string): Promise<unknown> => {
      const { contexts } = await readContexts({ TOWLINE_HOME: up.home })
      const own = contexts.find((context) => context.name === 'local') as (typeof contexts)[number]
      await saveContext({ TOWLINE_HOME: up.home }, { ...own, name, token: secret })
      await saveContext({ TOWLINE_HOME: up.home }, own)
      const { exit, stderr } = await cli('project', 'list', '--context', name, '-o', 'json')
      return exit === 0 ? 'works' : JSON.parse(stderr).error.code
    }
    expect(await as('child', token)).toBe('works')
    expect(await refusal('token', 'rotate', credentialId, '--context', 'child')).toEqual([4, 'FORBIDDEN'])
    const ids = (await json('token', 'list')).map(({ id }: { id: string }) => id)
    expect(ids).toContain(credentialId)
    const rotated = await json('token', 'rotate', credentialId)
    expect([await as('child', token), await as('rotated', rotated.token)]).toEqual(['UNAUTHENTICATED', 'works'])
    expect(await json('token', 'revoke', credentialId)).toEqual({ credentialId, revoked: [credentialId] })
    expect(await as('rotated', rotated.token)).toBe('UNAUTHENTICATED')
    const records = await json('audit', '--since', '1h', '--limit', '100')
    const told = records.map(({ action, decision, target }: Record<string, string>) => [action, decision, target])
    expect(told).toEqual(
      expect.arrayContaining([
        ['tokens.revoke', 'allowed', credentialId],
        ['tokens.rotate', 'allowed', credentialId],
        ['projects.rename', 'allowed', expect.stringMatching(/^prj_/)],
      ]),
    )
    expect(JSON.stringify(records)).not.toContain(rotated.token)
  })

  it('cli: reads the audit trail over many pages, each record once, and no more than it was asked for', async () => {
    verifies('audit.log', 'cli.output')
    const { context } = up.server
    const headers = { authorization: `Bearer ${context.token}`, 'content-type': 'application/json' }
    const ask = async (path: string, init: RequestInit = {}) =>
      (await fetch(`${up.server.openUrl}/api${path}`, { ...init, headers })).json()
    const { project } = (await ask('/whoami')) as { project: { id: string } }
    const count = LIMITS.apiPageItems + 5
    for (let n = 0; n < count; n++) {
      await ask(`/projects/${project.id}/settings`, {
        method: 'PATCH',
        body: JSON.stringify({ maxTokenSeconds: 3600 + n }),
      })
    }
    const records = (await json('audit', '--limit', '100000')) as readonly AuditRecord[]
    const changes = records.filter(({ action, decision }) => action === 'settings.change' && decision === 'allowed')
    const lives = changes.map(({ details }) => details?.['maxTokenSeconds'])
    expect(lives).toEqual(Array.from({ length: count }, (_, n) => 3600 + count - 1 - n))
    expect(new Set(records.map(({ requestId }) => requestId)).size).toBeGreaterThanOrEqual(count)
    expect(await json('audit', '--limit', '3')).toEqual(records.slice(0, 3))
    const exported: AuditRecord[] = []
    let cursor = ''
    await eventually('everything to be old enough to be exported', async () => {
      for (;;) {
        const page = (await ask(`/audit/export?limit=200${cursor}`)) as Exported
        exported.push(...page.records)
        cursor = page.cursor === undefined ? cursor : `&cursor=${page.cursor}`
        if (page.records.length === 0) break
      }
      return exported.length >= records.length ? true : undefined
    })
    expect(exported).toEqual(records.toReversed())
  })
})
