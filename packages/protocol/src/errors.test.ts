/** Proves that no error is told with a gap in it. */
import { describe, expect, it } from 'vitest'
import { AppError, ERRORS, type ErrorCode } from './errors.ts'

const GAP = /\{\w+\}/

describe('protocol errors', () => {
  it('protocol errors: raises no row without what fills it', () => {
    // @ts-expect-error the sentence needs a path
    expect(new AppError('PAGE_UNKNOWN').message).toBe('There is nothing at (not told) on this server.')
    // @ts-expect-error the next step needs seconds
    expect(new AppError('RATE_LIMITED', {}).next).toBe('Wait (not told) seconds and try again.')
    // @ts-expect-error it may be a row that needs an id
    expect(new AppError('BUSY' as 'BUSY' | 'INTERNAL').code).toBe('BUSY')
    expect(new AppError('PAGE_UNKNOWN', { path: '/x' }).message).toBe('There is nothing at /x on this server.')
  })

  it.each(Object.keys(ERRORS) as ErrorCode[])(
    'protocol errors: tells a %s of a peer that left its details out',
    (code) => {
      const { message, next } = AppError.from({ code, message: 'What the peer\u001b said.', next: 'What it advised.' })
      const { sentence, next: advice } = ERRORS[code]
      expect(message).toBe(GAP.test(sentence) ? 'What the peer\ufffd said.' : sentence)
      expect(next).toBe(GAP.test(advice) ? 'What it advised.' : advice)
    },
  )

  it('protocol errors: fills what it can when a peer says nothing either', () => {
    const error = AppError.from({ code: 'NAME_INVALID', details: { name: 'a b' } })
    expect(error.message).toBe('The name "a b" cannot be used: (not told)')
  })

  it('protocol errors: takes details of a peer before its words', () => {
    const told = { code: 'NAME_TAKEN', message: 'Something else.', details: { name: 'web' } }
    expect(AppError.from(told).toJSON()).toEqual({
      code: 'NAME_TAKEN',
      message: 'The name "web" is in use by another credential.',
      next: ERRORS.NAME_TAKEN.next,
      retryable: false,
      details: { name: 'web' },
    })
  })
})
