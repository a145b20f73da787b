/** Proves that what an agent creates passes neither for a machine nor for what another conversation made. */
import { AGENT_LABELS, EXPOSE_LABELS, WEBTTY_LABEL } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { labelsFor } from './labels-for.ts'

describe('mcp labels', () => {
  it.each([WEBTTY_LABEL, `${WEBTTY_LABEL}/host`, EXPOSE_LABELS.id, EXPOSE_LABELS.machine])(
    'refuses %s, by which it would pass for a machine',
    (key) => {
      verifies('guard.labels')
      expect(() => labelsFor({ agent: 'a' }, 'x', { [key]: '1' })).toThrow(
        expect.objectContaining({ code: 'LABEL_INVALID' }),
      )
    },
  )

  it('tells its own conversation and no other', () => {
    verifies('guard.labels')
    const extra = { ticket: '7', [AGENT_LABELS.thread]: 'another', [AGENT_LABELS.source]: 'person' }
    expect(labelsFor({ agent: 'codex' }, 'review', extra)).toEqual({
      ticket: '7',
      [AGENT_LABELS.source]: 'mcp',
      [AGENT_LABELS.name]: 'codex',
      [AGENT_LABELS.purpose]: 'review',
    })
    expect(labelsFor({ agent: 'codex', thread: 't1' }, 'x', extra)[AGENT_LABELS.thread]).toBe('t1')
  })
})
