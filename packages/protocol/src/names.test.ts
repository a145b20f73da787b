/** Proves what may be a name, by the language-neutral vectors. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/names.json' with { type: 'json' }
import { refusal } from '../test/refusal.ts'
import { publicHost, RESERVED_NAMES, validateName, validateSlug } from './names.ts'

describe('protocol names', () => {
  it.each(vectors.refused)('refuses $name with $code', ({ name, code, problem }) => {
    const { details, ...rest } = refusal(() => validateName(name))
    expect(rest).toMatchObject({ code })
    if (problem !== undefined) expect(details).toMatchObject({ problem })
  })

  it('refuses every reserved name, also as a slug', () => {
    for (const name of RESERVED_NAMES) expect(refusal(() => validateSlug(name)).code).toBe('NAME_RESERVED')
  })

  it('prints a hostile name without its control characters, and cuts a long one', () => {
    const { message } = refusal(() => validateName(`\u001b]0;owned\u0007\u202e${'x'.repeat(10_000)}`))
    // oxlint-disable-next-line no-control-regex -- the point of the test
    expect(message).not.toMatch(/[\u0000-\u001f\u202e]/)
    expect(message.length).toBeLessThan(200)
  })

  it('refuses a host name that DNS could not carry', () => {
    expect(refusal(() => publicHost('web', 'dev', 'x'.repeat(250))).details).toEqual({
      name: 'web',
      problem: 'its host name would have 258 characters, DNS carries 253',
    })
  })

  it.each(vectors.valid)('takes %s as it is', (name) => {
    expect(validateName(name)).toBe(name)
  })

  it.each(vectors.hosts)('makes $host', ({ name, slug, domain, host }) => {
    expect(publicHost(name, slug, domain)).toBe(host)
  })

  it('says every bound that limits.ts holds', () => {
    verifies('limits.table')
    expect(refusal(() => validateName('x'.repeat(49))).code).toBe('NAME_INVALID')
    expect(validateName('x'.repeat(48))).toHaveLength(48)
  })
})
