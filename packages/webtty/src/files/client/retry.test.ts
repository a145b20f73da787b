import { AppError, LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { retrying } from './retry.ts'

const trying = (errors: readonly unknown[]) => {
  let tries = 0
  const options = { path: '/x', limits: LIMITS, offset: () => 0, wait: () => Promise.resolve(), signal: undefined }
  const done = retrying(options, () => {
    const error = errors[tries++]
    return error === undefined ? Promise.resolve(tries) : Promise.reject(error as Error)
  })
  return done
}
const system = (code: string, syscall: string): Error => Object.assign(new Error(code), { code, syscall })

describe('webtty files client: trying again', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO'])('does not, when a write here fails with %s', async (code) => {
    await expect(trying([system(code, 'write')])).rejects.toMatchObject({ code })
  })

  it('does, when a connection breaks', async () => {
    expect(await trying([system('ECONNRESET', 'write'), system('EPIPE', 'write'), new Error('cut')])).toBe(4)
    expect(await trying([new AppError('SERVER_UNREACHABLE', { url: 'x', problem: 'y' })])).toBe(2)
  })
})
