/** Proves what counts as the same answer, and in which words a difference is told. */
import type { ServiceAnswer } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { compareAnswers } from './compare-answers.ts'

const HTTP: ServiceAnswer = {
  connected: true,
  status: 200,
  headers: { 'content-type': 'text/html' },
  bytes: 5,
  sha256: 'a1',
  head: 'aGVsbG8=',
}
const TCP: ServiceAnswer = { connected: true, bytes: 4, head: Buffer.from('SSH-').toString('base64') }
const SILENT: ServiceAnswer = { connected: true, bytes: 0, head: '' }
const differs = (local: ServiceAnswer, through: ServiceAnswer): string | undefined =>
  compareAnswers(local, through).difference

describe('remote compare', () => {
  it.each<readonly [ServiceAnswer, ServiceAnswer, string]>([
    [
      { connected: false, problem: 'ECONNREFUSED', bytes: 0, head: '' },
      HTTP,
      'on the machine itself nothing answers: ECONNREFUSED',
    ],
    [HTTP, { connected: false, bytes: 0, head: '' }, 'through the tunnel nothing answers: no answer'],
    [HTTP, { ...HTTP, status: 403 }, 'status 200 on the machine, status 403 through the tunnel'],
    [
      HTTP,
      { connected: true, problem: 'ECONNRESET', bytes: 0, head: '' },
      'status 200 on the machine, ECONNRESET through the tunnel',
    ],
    [HTTP, { ...HTTP, headers: {} }, 'content-type text/html on the machine, none through the tunnel'],
    [HTTP, { ...HTTP, bytes: 6, sha256: 'b2' }, '5 bytes on the machine, 6 bytes through the tunnel'],
    [HTTP, { ...HTTP, sha256: 'b2' }, '5 bytes each, but not the same ones'],
    [TCP, SILENT, 'the service greets otherwise through the tunnel'],
    [SILENT, { ...SILENT, problem: 'ECONNRESET' }, 'the service greets otherwise through the tunnel'],
    [TCP, { ...TCP, head: Buffer.from('220 ').toString('base64') }, 'the service greets otherwise through the tunnel'],
  ])('tells the difference, case %#', (local, through, difference) => {
    expect(compareAnswers(local, through)).toEqual({ same: false, local, through, difference })
  })

  it('takes alike what is alike, event streams and greetings cut elsewhere too', () => {
    const { sha256: _, ...endless } = HTTP
    expect(differs(HTTP, { ...HTTP, headers: { ...HTTP.headers, server: 'edge' } })).toBeUndefined()
    expect(differs(endless, { ...endless, bytes: 9 })).toBeUndefined()
    expect(differs(TCP, { ...TCP, bytes: 8, head: Buffer.from('SSH-2.0-').toString('base64') })).toBeUndefined()
    expect(differs(SILENT, SILENT)).toBeUndefined()
  })
})
