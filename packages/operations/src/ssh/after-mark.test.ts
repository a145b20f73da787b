/** Proves that nothing but what the program says is handed on, wherever the bytes are cut. */
import { PassThrough } from 'node:stream'
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { afterMark } from './after-mark.ts'
import { markOf } from './start-script.ts'

const NONCE = 'abc123'
const marks = markOf(NONCE)

const open = (input: PassThrough) => {
  const giveUp = new AbortController()
  let begun = 0
  const result = afterMark(input, { nonce: NONCE, begun: () => (begun += 1), signal: giveUp.signal })
  return { result, giveUp, begun: () => begun }
}

const rest = (input: PassThrough): string => String(input.read() ?? '')

describe('operations ssh: the beginning of what a machine sends', () => {
  const NOISE = `Welcome\r\n\nbell \u0007 no line end: ${marks.begun}\nprofile says hello ${marks.ready}\n`
  const SAID = `{"id":1}\n${marks.missing}\n`

  it.each(Array.from({ length: NOISE.length + SAID.length - 1 }, (_, at) => at + 1))(
    'leaves out the noise, cut at byte %i',
    async (at) => {
      verifies('reach.ssh')
      const input = new PassThrough()
      const { result, begun } = open(input)
      const bytes = Buffer.from(NOISE + SAID)
      input.write(bytes.subarray(0, at))
      input.write(bytes.subarray(at))
      expect(await result).toEqual({ is: 'ready' })
      input.end()
      let said = rest(input)
      for (let more = rest(input); more !== ''; more = rest(input)) said += more
      expect([said, begun()]).toEqual([SAID, 1])
    },
  )

  it.each([
    [`x\n${marks.begun}\n${marks.missing}\n`, { is: 'missing' }],
    [`towline-ssh other ready\n${marks.begun}\n`, { is: 'ended' }],
    ['', { is: 'ended' }],
  ])('tells %j', async (text, how) => {
    const input = new PassThrough()
    const { result } = open(input)
    input.end(text)
    expect(await result).toEqual(how)
  })

  it('listens to no more noise than the bound, and tells what came last', async () => {
    const input = new PassThrough()
    const { result } = open(input)
    for (let at = 0; at <= LIMITS.sshNoiseBytes; at += 1024) input.write(`${'x'.repeat(1020)}end\n`)
    expect(await result).toEqual({ is: 'noise', text: `${'x'.repeat(1020)}end` })
  })

  it('tells that nothing came when it is given up', async () => {
    const { result, giveUp } = open(new PassThrough())
    giveUp.abort()
    expect(await result).toEqual({ is: 'silent' })
  })
})
