/** Proves that a person at a terminal is asked with all that a person on a page sees, and answers once. */
import type { Supervisor } from '@towline/operations'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { terminalDesk } from './terminal-desk.ts'

type Asked = Pick<Supervisor, 'askApproval' | 'useApproval'>

const QUESTION = {
  ...{ tool: 'towline_webtty_exec', fingerprint: 'f'.repeat(64), summary: 'Run a command', request: '{}' },
  ...{ agent: 'codex', thread: 'thread-1', target: 'tow://edge-lab' },
}
const { signal } = new AbortController()

describe('desk at a terminal', () => {
  it('hands all of the question over, and lets it live as long as agents wait', async () => {
    verifies('guard.approval')
    const heard: unknown[] = []
    const supervisor = {
      askApproval: async (question: object) => {
        heard.push(question)
        return { id: 'apl_1', expiresAt: 7, status: 'waiting' }
      },
    } as unknown as Asked
    const desk = terminalDesk(supervisor, { mcpApprovalSeconds: 60 })
    expect(await desk.ask({ ...QUESTION, projectId: 'dev' }, signal)).toEqual({ id: 'apl_1', expiresAt: 7 })
    expect(heard).toEqual([{ ...QUESTION, secondsToLive: 60 }])
  })

  it('tells what was allowed once, and what still waits', async () => {
    const answers = [
      { status: 'waiting', expiresAt: 7 },
      { status: 'approved', by: 'ada' },
    ]
    const supervisor = { useApproval: async () => answers.shift() } as unknown as Asked
    const desk = terminalDesk(supervisor, { mcpApprovalSeconds: 60 })
    expect(await desk.use('apl_1', QUESTION.fingerprint, signal)).toEqual({ id: 'apl_1', expiresAt: 7 })
    expect(await desk.use('apl_1', QUESTION.fingerprint, signal)).toBe('used')
  })
})
