import { describe, expect, it } from 'vitest'
import { OldQuestions } from './old-questions.ts'

const QUESTIONS = [
  ...['\x05', '\x1bZ', '\x1b[c', '\x1b[0c', '\x1b[>c', '\x1b[>0c', '\x1b[=c', '\x1b[5n', '\x1b[6n', '\x1b[?6n'],
  ...['\x1b[?996n', '\x1b[>q', '\x1b[?2026$p', '\x1b[4$p', '\x1b[14t', '\x1b[18t', '\x1b[14;2t', '\x1b[?u', '\x1b[x'],
  ...['\x1b[?4m', '\x1b[?2;1;0S', '\x1b]10;?\x07', '\x1b]11;?\x1b\\', '\x1b]4;1;?\x07', '\x1b]4;1;?;2;?\x07'],
  ...['\x1b]52;c;?\x07', '\x1b]21;foreground=?\x1b\\', '\x1bP$qm\x1b\\', '\x1bP+q544e\x1b\\'],
  '\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\',
]
const OTHERS = [
  ...[
    'plain',
    '\x1b[31mred\x1b[0m',
    '\x1b[2J\x1b[H',
    '\x1b[?1049h',
    '\x1b[?25l',
    '\x1b[2 q',
    '\x1b]0;what?\x07',
    '\x1b[8;24;80t',
  ],
  ...[
    '\x1b]52;c;aGk=\x07',
    '\x1b]8;;http://x/?a=b\x1b\\link\x1b]8;;\x1b\\',
    '\x1b[>4;2m',
    '\x1b[>1u',
    '\x1b[u',
    '\x1b(B',
    'ü→',
  ],
]

/** What is drawn of pieces, without the zeros; each has to begin where the one before ended. */
const drawn = (text: string, end: number, size: number): string => {
  const bytes = Buffer.from(text)
  const questions = new OldQuestions(end)
  const parts: Uint8Array[] = []
  let next = 0
  for (let at = 0; at < bytes.length; at += size) {
    const piece = questions.feed(at, bytes.subarray(at, at + size))
    expect(piece.offset).toBe(next)
    next += piece.bytes.length
    parts.push(piece.bytes)
  }
  return Buffer.concat(parts).toString().replaceAll('\0', '')
}

describe('webtty client: old questions', () => {
  it.each(QUESTIONS)('takes out %j, however it comes', (question) => {
    const text = `a${question}b`
    for (let size = 1; size <= text.length; size++) expect(drawn(text, 1000, size)).toBe('ab')
  })

  it.each(OTHERS)('leaves %j as it is', (other) => {
    const text = `a${other}b`
    for (let size = 1; size <= text.length; size++) expect(drawn(text, 1000, size)).toBe(text)
  })

  it('leaves what is asked after the end, or ends there', () => {
    const text = 'x\x1b[c-\x1b[6n\x1b[c'
    for (let size = 1; size <= text.length; size++) {
      expect(drawn(text, 5, size)).toBe('x-\x1b[6n\x1b[c')
      expect(drawn(text, 7, size)).toBe('x-\x1b[6n\x1b[c')
      expect(drawn(text, 0, size)).toBe(text)
    }
  })

  it('forgets what it kept back when output is left out', () => {
    const questions = new OldQuestions(100)
    expect(questions.feed(0, Buffer.from('a\x1b['))).toMatchObject({ offset: 0, bytes: Buffer.from('a') })
    expect(questions.feed(50, Buffer.from('cb'))).toMatchObject({ offset: 50, bytes: Buffer.from('cb') })
  })

  it('keeps nothing back at the end, and no more than a bit before', () => {
    expect(drawn('a\x1b', 2, 1)).toBe('a\x1b')
    const long = `\x1b]0;${'x'.repeat(5000)}`
    expect(drawn(long, 9000, 100)).toBe(long)
    expect(drawn(`${long}\x07b`, 9000, 100)).toBe(`${long}\x07b`)
  })
})
