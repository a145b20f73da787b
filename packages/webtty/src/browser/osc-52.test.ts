/** Proves what programs may put on the clipboard by OSC 52, and that they never read it. */
import { describe, expect, it } from 'vitest'
import { copiedBy } from './osc-52.ts'

const coded = (text: string): string => Buffer.from(text).toString('base64')

describe('webtty page OSC 52', () => {
  it.each([
    ['c;?', 'a question'],
    [';?', 'a question without a name'],
    ['c;', 'nothing'],
    ['c', 'no text'],
    ['c;!!!!', 'no base64'],
    ['c;A', 'half a byte'],
    [`c;${Buffer.from([0xff, 0xfe]).toString('base64')}`, 'no UTF-8'],
    [`C:;${coded('x')}`, 'another form'],
  ])('leaves %j alone: %s', (data) => {
    expect(copiedBy(data)).toBeUndefined()
  })

  it('copies UTF-8, whatever it is called', () => {
    expect([
      copiedBy(`c;${coded('gr\u00fc\u00df \u{1f680}')}`),
      copiedBy(`;${coded('x')}`),
      copiedBy(`p0;${coded('y')}`),
    ]).toEqual(['gr\u00fc\u00df \u{1f680}', 'x', 'y'])
  })
})
