/** Proves that no answer tells what lies where one may not look, and that what has no row stays a bug of ours. */
import { AppError } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { toFileError } from './errno.ts'

const answer = (code: string): unknown => {
  const error = toFileError(Object.assign(new Error(`${code}: /srv/secret`), { code }))
  return error instanceof AppError ? error.toJSON() : error
}

describe('webtty files errors', () => {
  it('say the same of what is not permitted as of what lies outside, and never a path of the machine', () => {
    const outside = new AppError('FILE_OUTSIDE').toJSON()
    expect(['EACCES', 'EPERM', 'ELOOP'].map(answer)).toEqual([outside, outside, outside])
    for (const code of ['ENOENT', 'EISDIR', 'ENOSPC', 'EMFILE', 'EINVAL']) {
      expect(JSON.stringify(answer(code))).not.toContain('/srv/secret')
    }
  })

  it('leave what they do not know to be logged', () => {
    expect(answer('EIO')).toMatchObject({ code: 'EIO' })
    expect(toFileError('text')).toBe('text')
  })
})
