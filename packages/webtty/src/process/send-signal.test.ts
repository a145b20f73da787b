import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { identify, isStill, ownsGroup } from './proc-stat.ts'
import { sendSignal, signalOne } from './send-signal.ts'
import { sweep } from './process-sweep.ts'

const start = async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env: { TOWLINE_EXEC_ID: 'mark-1' } })
  await once(child, 'spawn')
  return { child, identity: identify(child.pid as number) }
}

describe('webtty signals', () => {
  it('never reach a process that only has the pid of another', async () => {
    const { child, identity } = await start()
    const before = { ...identity, startedTicks: '1' }
    expect(signalOne(before, 'KILL')).toBe(false)
    for (const target of ['leader', 'group', 'foreground'] as const)
      expect(sendSignal(before, 'KILL', target)).toBe(false)
    expect([isStill(before), ownsGroup(before), isStill(identity)]).toEqual([false, false, true])
    expect(sweep({ leader: before, cookie: 'other' })).toEqual([])
    expect(sendSignal(identity, 'KILL', 'group')).toBe(true)
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  })

  it('find a process by the mark in its environment alone', async () => {
    const { child, identity } = await start()
    const elsewhere = { pid: 2 ** 22, startedTicks: '1' }
    expect(sweep({ leader: elsewhere, cookie: 'mark-1' })).toEqual([identity])
    expect(sweep({ leader: elsewhere, cookie: 'mark' })).toEqual([])
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(signalOne(identity, 'TERM')).toBe(false)
  })
})
