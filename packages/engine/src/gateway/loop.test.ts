import { setImmediate as turn } from 'node:timers/promises'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { LoopStream } from './loop.ts'

const VISITOR = { address: '127.0.0.1', port: 1, localPort: 2, secure: true }

describe('gateway loop', () => {
  it('holds bytes back while the edge does not read, and never an empty write', async () => {
    verifies('tunnel.http.h2')
    const loop = new LoopStream({ accept: () => {} }, VISITOR)
    const done: string[] = []
    loop.write('head', () => done.push('head'))
    loop.write('', () => done.push('empty'))
    loop.write('body', () => done.push('body'))
    await turn()
    expect(done).toEqual(['head', 'empty'])
    loop.on('error', () => {})
    loop.destroy()
  })
})
