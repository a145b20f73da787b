/** Proves that no agent ends unasked what a person published, by whichever of its names. */
import type { LocalTunnel } from '@towline/operations'
import { AGENT_LABELS } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { stopRisk } from './stop-risk.ts'

const tunnel = (id: string, more: Partial<LocalTunnel>): LocalTunnel => ({
  ...{ id, status: 'online', kind: 'http', port: 1, target: 'localhost:1', server: 'http://localhost:1' },
  ...{ createdAt: 1, reconnects: 0, labels: {}, ...more },
})
const AGENT = { labels: { [AGENT_LABELS.source]: 'mcp' } }
const ALL = [
  tunnel('lcl_person', { name: 'blog', tunnelId: 'tun_p' }),
  tunnel('lcl_agent', { name: 'preview', tunnelId: 'tun_a', ...AGENT }),
  tunnel('lcl_forged', { labels: { [AGENT_LABELS.name]: 'codex', 'towline.agent/sourcex': 'mcp' } }),
  tunnel('preview', { status: 'lost' }),
]

describe('mcp stopping a local tunnel', () => {
  it.each([
    ['lcl_person', 'delete'],
    ['blog', 'delete'],
    ['tun_p', 'delete'],
    ['lcl_forged', 'delete'],
    // A name of an agent's tunnel that is an id of a person's.
    ['preview', 'delete'],
    ['lcl_agent', 'own'],
    ['tun_a', 'own'],
    ['nothing', 'own'],
  ])('%s is of the risk %s', (id, risk) => {
    verifies('guard.approval')
    expect(stopRisk(id, ALL).risk).toBe(risk)
  })
})
