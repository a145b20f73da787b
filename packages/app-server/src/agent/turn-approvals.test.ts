/** Proves whom a turn asks before it acts, and that nothing runs where a sandbox cannot be enforced. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { afterEach, expect, test } from 'vitest'
import { outputFor, PlainEnvironment, text } from './agent.fixture.ts'
import { calls, customCall } from './model.fixture.ts'
import { endStages, exec, stage } from './stage.fixture.ts'

afterEach(endStages)

test.each([
  ['accept', 'completed', /hi\n$/],
  ['acceptForSession', 'completed', /hi\n$/],
  [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: ['touch', 'x'] } }, 'completed', /hi\n$/],
  ['decline', 'declined', /^rejected by user$/],
] as const)('agent approvals: %j makes a command %s', async (decision, status, output) => {
  verifies('app.approvals')
  const { agent, allowed, turn } = await stage([calls(exec('touch x; echo hi', {}, 'c1'))])
  const { context, feed, items } = turn({ settings: { approvalPolicy: 'untrusted' }, answer: () => ({ decision }) })
  expect((await agent.runTurn(context, text('go'))).status).toBe('completed')
  expect(feed.questions).toMatchObject([
    { method: 'item/commandExecution/requestApproval', params: { itemId: 'c1', environmentId: 'local' } },
  ])
  expect(feed.items('commandExecution')).toMatchObject([{ status }])
  expect(outputFor(items, 'c1')).toMatch(output)
  expect(allowed).toEqual(typeof decision === 'object' ? [['touch', 'x']] : [])
})

test('agent approvals: cancel ends the turn', async () => {
  verifies('app.approvals')
  const { agent, turn } = await stage([calls(exec('touch x', {}, 'c1'))])
  const { context, feed, items } = turn({
    settings: { approvalPolicy: 'untrusted' },
    answer: () => ({ decision: 'cancel' }),
  })
  expect((await agent.runTurn(context, text('go'))).status).toBe('interrupted')
  expect(feed.items('commandExecution')).toMatchObject([{ status: 'declined' }])
  expect(outputFor(items, 'c1')).toBe('aborted by user')
})

test('agent approvals: what was accepted for the session is not asked again', async () => {
  const { agent, turn } = await stage([calls(exec('touch x', {}, 'c1')), calls(exec('touch x', {}, 'c2'))])
  const { context, feed } = turn({
    settings: { approvalPolicy: 'untrusted' },
    answer: () => ({ decision: 'acceptForSession' }),
  })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toHaveLength(1)
})

test('agent approvals: a command that the sandbox stopped may run without it when a person says so', async () => {
  const environment = new PlainEnvironment()
  environment.play = ({ sandbox }, sink) => {
    if (sandbox === null) return undefined
    sink.output('stderr', new TextEncoder().encode('Permission denied\n'))
    sink.exited(1, true)
    return {
      processId: '1',
      write: () => Promise.resolve(),
      interrupt: () => Promise.resolve(),
      terminate: () => Promise.resolve(),
    }
  }
  const { agent, turn } = await stage([calls(exec('echo free', {}, 'c1'))])
  const { context, feed, items } = turn({ environments: [environment], answer: () => ({ decision: 'accept' }) })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toMatchObject([{ params: { reason: 'command failed; retry without sandbox?' } }])
  expect(outputFor(items, 'c1')).toMatch(/Output:\nfree\n$/)
  expect(environment.starts.map(({ sandbox }) => sandbox === null)).toEqual([false, true])
})

test('agent approvals: where nobody may be asked a command that must be is refused', async () => {
  const { agent, turn } = await stage([calls(exec('id', { sandbox_permissions: 'require_escalated' }, 'c1'))])
  const { context, feed, items } = turn({ settings: { approvalPolicy: 'never' } })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toEqual([])
  expect(outputFor(items, 'c1')).toMatch(/^rejected: .*nobody may be asked/)
})

test('agent sandbox: where it cannot be enforced nothing runs and the turn fails with what to install', async () => {
  verifies('app.sandbox')
  const environment = new PlainEnvironment()
  environment.play = () => {
    throw new AppError('SANDBOX_MISSING', { problem: 'bubblewrap (bwrap) is not installed.' })
  }
  const { agent, turn } = await stage([calls(exec('echo hi', {}, 'c1'))])
  const { context, feed, items } = turn({ environments: [environment] })
  const { status, error } = await agent.runTurn(context, text('go'))
  expect(status).toBe('failed')
  expect(error).toMatchObject({ codexErrorInfo: 'sandboxError' })
  expect(error?.message).toMatch(/apt-get install bubblewrap/)
  expect(environment.starts).toHaveLength(1)
  expect(feed.items('commandExecution')).toMatchObject([{ status: 'failed' }])
  expect(outputFor(items, 'c1')).toMatch(/bubblewrap/)
})

test('agent approvals: what was accepted for the session within the sandbox is asked again without it', async () => {
  const patch = (body: string) => `*** Begin Patch\n${body}\n*** End Patch`
  const environment = new PlainEnvironment()
  let stops = false
  const { write } = environment.files
  environment.files.write = async (path, bytes, sandbox) => {
    if (stops && sandbox !== null) throw new AppError('SANDBOX_REFUSED', { access: 'write', path })
    await write(path, bytes, sandbox)
    // Such as when a link takes the place of the file.
    stops = true
  }
  const { agent, cwd, turn } = await stage([
    calls(customCall('apply_patch', patch('*** Add File: a.txt\n+one'), 'p1')),
    calls(customCall('apply_patch', patch('*** Update File: a.txt\n-one\n+two'), 'p2')),
  ])
  const { context, feed } = turn({
    settings: { model: 'gpt-5.1', approvalPolicy: 'untrusted' },
    environments: [environment],
    answer: () => ({ decision: stops ? 'decline' : 'acceptForSession' }),
  })
  await agent.runTurn(context, text('go'))
  expect(feed.questions).toMatchObject([{}, { params: { reason: 'the sandbox refused it; write without sandbox?' } }])
  expect(readFileSync(join(cwd, 'a.txt'), 'utf8')).toBe('one\n')
})
