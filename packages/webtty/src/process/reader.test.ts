import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FD, LIMITS } from '@towline/protocol'
import { eventually, within } from '@towline/testkit'
import { startPtyChild } from './pty-child.ts'

/** Raw output that waits for a reader. */
const ARGV = ['/bin/sh', '-c', 'stty -opost; exec head -c 1000000 /dev/zero']
/** What one read of a terminal gives at most. */
const ONE_READ = 4096

describe('webtty reader', () => {
  it('hands on what a terminal holds in few pieces, and little more than is wanted', async () => {
    let tell: (bytes: number) => void = () => {}
    const sink = { output: (_: number, { length }: Uint8Array) => tell(length), ended() {}, taken() {}, gone() {} }
    const spec = { file: '/bin/sh', argv: ARGV, cwd: '/', env: { PATH: '/usr/bin:/bin' }, stdin: 'none' as const }
    const child = await startPtyChild({
      spec: { ...spec, tty: { cols: 80, rows: 24 } },
      limits: LIMITS,
      sink: { ...sink, exited() {} },
    })
    const { pid } = child.identity
    await eventually(
      'a full terminal',
      () => /write|wait_woken/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8')) || undefined,
    )
    for (const room of [1, 20_000]) {
      const piece = new Promise<number>((done) => {
        tell = (bytes) => {
          child.pause(FD.pty)
          done(bytes)
        }
      })
      child.resume(FD.pty, room)
      const bytes = await within('output', piece)
      expect([bytes > room - 1, bytes < room + ONE_READ]).toEqual([true, true])
    }
    process.kill(pid, 'SIGKILL')
  })
})
