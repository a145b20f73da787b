/** Owns what the tests of the audit trail share: a system, its owner, and what was kept since the last look. */
import type { AuditRecord } from '@towline/protocol'
import { type Browser, openBrowser, openSystem, type System } from '@towline/testkit'
import { expect } from 'vitest'
import { becomeOwner, type LoggedIn, PASSWORD } from '../oauth/login.ts'

export const CALLBACK = 'http://127.0.0.1:39998/callback'
/** Where everything here comes from. */
export const ADDRESS = '127.0.0.1'
export const ADA = { email: 'ada@example.test', password: PASSWORD }

type Fields = Readonly<Record<string, string>>

export interface Trail {
  readonly system: System
  /** Whatever may be in no record. */
  readonly secrets: string[]
  /** What was kept since the last time, oldest first. */
  kept(): Promise<readonly AuditRecord[]>
  /** Each as one line of what tells it from others. */
  lines(): Promise<readonly string[]>
  /** The URL of a path. */
  site(path: string): string
  /** Sends a form, without following where it leads. */
  sent(path: string, fields: Fields, headers?: Fields): Promise<Response>
  /** A client that registers itself. */
  register(metadata: object): Promise<{ readonly client_id: string }>
  remember(login: LoggedIn): void
  /** The browser of the owner, whose records are taken already. */
  owner(): Promise<{ readonly ada: Browser; readonly adaId: string }>
  /** Holds all records to what every record must be. */
  judge(): void
}

export const openTrail = async (): Promise<Trail> => {
  const system = await openSystem({ limits: { signInsPerMinute: 100, clientsPerMinute: 100 } })
  const secrets: string[] = [PASSWORD, system.token]
  const all: AuditRecord[] = []
  const kept = async (): Promise<readonly AuditRecord[]> => {
    const fresh = (await system.control.audit({ limit: 10_000 })).toReversed().slice(all.length)
    all.push(...fresh)
    return fresh
  }
  const site = (path: string): string => `${system.site.publicUrl}${path}`
  return {
    system,
    secrets,
    kept,
    lines: async () => (await kept()).map(({ action, decision, code }) => `${action} ${code ?? decision}`),
    site,
    sent: (path, fields, headers = {}) =>
      fetch(site(path), { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields), headers }),
    register: async (metadata) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(site('/oauth/register'), { method: 'POST', headers, body: JSON.stringify(metadata) })
      return (await answer.json()) as { client_id: string }
    },
    remember: ({ tokens }) => {
      for (const token of [tokens.access_token, tokens.refresh_token]) if (token !== undefined) secrets.push(token)
    },
    owner: async () => {
      const ada = await becomeOwner(system, { browser: openBrowser((url) => url.startsWith(CALLBACK)) })
      const adaId = (await kept()).find(({ action }) => action === 'account.setup')?.userId
      return { ada, adaId: adaId as string }
    },
    judge: () => {
      const text = JSON.stringify(all)
      for (const secret of secrets) expect(text).not.toContain(secret)
      for (const { action, userId, credentialId, agent, details = {} } of all) {
        const who = userId ?? credentialId ?? agent ?? details['by'] ?? details['address']
        expect([action, typeof who]).toEqual([action, 'string'])
      }
    },
  }
}
