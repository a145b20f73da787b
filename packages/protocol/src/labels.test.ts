/** Proves what labels may hold, by the language-neutral vectors. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/labels.json' with { type: 'json' }
import { refusal } from '../test/refusal.ts'
import { hasLabels, parseLabel, parseLabels, validateLabels } from './labels.ts'
import { LIMITS } from './limits.ts'

describe('protocol labels', () => {
  it.each(vectors.refused)('refuses a label: $problem', ({ label, problem }) => {
    const { code, details } = refusal(() => parseLabel(label))
    expect({ code, problem: details['problem'] }).toEqual({ code: 'LABEL_INVALID', problem })
  })

  it('prints a hostile label without its control characters', () => {
    // oxlint-disable-next-line no-control-regex -- the point of the test
    expect(refusal(() => parseLabel('k=\u001b[2J\r\n')).message).not.toMatch(/[\u0000-\u001f]/)
  })

  it('refuses a key given twice, and a value that is not well-formed text', () => {
    expect(refusal(() => parseLabels(['a=1', 'a=2'])).details).toEqual({
      label: 'a=2',
      problem: 'the key "a" is given twice',
    })
    expect(refusal(() => parseLabel('k=\ud800')).details['problem']).toBe('the value holds control characters')
    expect(refusal(() => validateLabels({ a: 1 })).details).toEqual({ label: 'a', problem: 'the value is not text' })
  })

  it('refuses more labels than the bound, and takes as many', () => {
    verifies('limits.table')
    const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']))
    expect(validateLabels(labels(LIMITS.labels))).toEqual(labels(LIMITS.labels))
    expect(refusal(() => validateLabels(labels(LIMITS.labels + 1))).details).toEqual({
      label: 'k64',
      problem: 'more than 64 labels',
    })
  })

  it.each(vectors.valid)('reads $key', ({ label, key, value }) => {
    expect(parseLabel(label)).toEqual([key, value])
    expect(parseLabels([label])).toEqual({ [key]: value })
  })

  it.each<readonly [object, boolean]>([
    [{}, true],
    [{ a: '1' }, true],
    [{ a: '1', b: '' }, true],
    [{ a: '2' }, false],
    [{ a: '1', c: '3' }, false],
    [{ toString: '' }, false],
  ])('tells that {a: 1, b: ""} has %j: %s', (wanted, has) => {
    expect(hasLabels({ a: '1', b: '' }, { ...wanted })).toBe(has)
  })
})
