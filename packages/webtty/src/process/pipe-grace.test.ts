import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PipeGrace } from './pipe-grace.ts'

const LIMITS = { webttyPipeGraceMs: 250, webttyPipeGraceMaxMs: 1000 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const begun = (reading = true): { readonly grace: PipeGrace; readonly over: ReturnType<typeof vi.fn> } => {
  const over = vi.fn()
  const grace = new PipeGrace(LIMITS, over)
  grace.begin(reading)
  return { grace, over }
}

describe('webtty process: pipes of an exited command', () => {
  it('are left when they are silent', async () => {
    const { over } = begun()
    await vi.advanceTimersByTimeAsync(249)
    expect(over).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(2)
    expect(over).toHaveBeenCalledOnce()
  })

  it('are heard on when something came, but not for ever', async () => {
    const { grace, over } = begun()
    for (let index = 0; index < 3; index++) {
      grace.heard()
      await vi.advanceTimersByTimeAsync(251)
      expect(over).not.toHaveBeenCalled()
    }
    grace.heard()
    await vi.advanceTimersByTimeAsync(251)
    expect(over).toHaveBeenCalledOnce()
  })

  it('are not left while nobody reads them', async () => {
    const { grace, over } = begun(false)
    await vi.advanceTimersByTimeAsync(100_000)
    grace.watch(true)
    grace.watch(false)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(over).not.toHaveBeenCalled()
    grace.watch(true)
    await vi.advanceTimersByTimeAsync(251)
    expect(over).toHaveBeenCalledOnce()
  })

  it('are not left after their end', async () => {
    const { grace, over } = begun()
    grace.end()
    await vi.advanceTimersByTimeAsync(100_000)
    expect(over).not.toHaveBeenCalled()
  })
})
