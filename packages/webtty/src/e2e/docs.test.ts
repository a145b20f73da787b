/** Proves that e2e.md says what the code does, where both name the same thing. */
import { readFileSync } from 'node:fs'
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { E2E_CLOSE } from './channel/close-codes.ts'
import { RECORD } from './channel/record-cipher.ts'
import { suiteOf, XK } from './noise/handshake.ts'
import { CLIENT_ROLES } from './trust/authorized-clients.ts'

const page = readFileSync(new URL('../../../../docs/protocol/e2e.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| (.+) \|$/gm)].map(([, cells = '']) => cells.split(' | '))
const numbers = rows
  .map(([first = '']) => first)
  .filter((first) => /^\d+$/.test(first))
  .map(Number)

describe('webtty e2e docs', () => {
  it('list the close codes and the kinds of records that the code has', () => {
    verifies('e2e.suite')
    const codes = numbers.filter((one) => one > 4000)
    expect(codes).toEqual(expect.arrayContaining(Object.values(E2E_CLOSE)))
    const kinds = rows.filter(([first = '']) => /^\d$/.test(first)).map(([number, name = '']) => [name, Number(number)])
    expect(kinds).toEqual(Object.entries(RECORD).map(([name, kind]) => [name.toUpperCase(), kind]))
  })

  it('stand on a handshake that can be read in one go: under 250 lines', () => {
    const files = ['noise/handshake.ts', 'noise/cipher-state.ts'].map((file) => new URL(file, import.meta.url))
    const lines = files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(250)
  })

  it('name the suite, the roles and the bounds', () => {
    const n = (value: number): string => value.toLocaleString('en-US')
    const said = [
      suiteOf(XK),
      `\`${CLIENT_ROLES.join(' ')}\``,
      `at most ${n(LIMITS.e2eRecordBytes)} bytes`,
      `at most ${n(LIMITS.webttyMessageBytes)} bytes`,
      `${n(LIMITS.e2eRekeyRecords)} records or ${n(LIMITS.e2eRekeyBytes)} bytes`,
      `within ${LIMITS.e2eHandshakeMs / 1000} s`,
      `${LIMITS.e2eHandshakes} handshakes at once`,
    ]
    expect(said.filter((sentence) => !page.includes(sentence))).toEqual([])
  })
})
