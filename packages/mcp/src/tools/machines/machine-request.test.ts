/** Proves that a token that is meant for one machine is not sent to whatever address an agent names. */
import { verifies } from '@towline/testkit'
import { expect, it } from 'vitest'
import type { ToolCall } from '../../tool.ts'
import { machineRequest } from './machine.ts'

it('mcp machines: a token for a machine of its own address is not lent to agents', () => {
  verifies('guard.secrets')
  const env = { TOWLINE_HOME: '/x', TOWLINE_WEBTTY_TOKEN: 'a-secret', TOWLINE_WEBTTY_TOKEN_FILE: '/a/file' }
  const call = { deps: { env, agent: 'towline/test' } } as unknown as ToolCall
  expect(machineRequest({ url: 'https://evil.example' }, call).env).toEqual({ TOWLINE_HOME: '/x' })
})
