/** Proves that what is written comes after what others wrote to the process before. */
import { describe, expect, it } from 'vitest'
import { Input } from './input.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('webtty client: input of a process that was written to before', () => {
  it('goes on where the host says that its input stands', () => {
    const input = new Input()
    input.write(bytes('more'))
    input.confirm(1000, 100)
    expect(input.next()).toEqual({ offset: 100, bytes: bytes('more') })
    expect(input.allSent).toBe(true)
  })

  it('sends what was not confirmed from its own offset after a cut', () => {
    const input = new Input()
    input.confirm(1000, 0)
    input.write(bytes('abc'))
    input.next()
    input.restart()
    input.confirm(1000, 0)
    expect(input.next()).toEqual({ offset: 0, bytes: bytes('abc') })
  })
})
