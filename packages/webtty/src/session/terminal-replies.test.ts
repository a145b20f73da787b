import { describe, expect, it } from 'vitest'
import { TerminalReplies } from './terminal-replies.ts'

const ROWS: ReadonlyArray<readonly [what: string, asked: string, replied: string]> = [
  ['attributes', '\x1b[c', '\x1b[?62;22c'],
  ['attributes with a zero', '\x1b[0c', '\x1b[?62;22c'],
  ['its version', '\x1b[>c', '\x1b[>1;10;0c'],
  ['its status', '\x1b[5n', '\x1b[0n'],
  ['the cursor', '\x1b[6n', '\x1b[1;1R'],
  ['the foreground', '\x1b]10;?\x1b\\', '\x1b]10;rgb:ffff/ffff/ffff\x1b\\'],
  ['the background', '\x1b]11;?\x07', '\x1b]11;rgb:0000/0000/0000\x1b\\'],
  ['nothing', 'plain \x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[?1049h\x1b[60n', ''],
]

describe('webtty terminal: answers', () => {
  it.each(ROWS)('%s, wherever the question is cut', (_, asked, replied) => {
    const data = Buffer.from(`before${asked}after${asked}`)
    for (let at = 0; at <= data.length; at++) {
      const replies = new TerminalReplies()
      expect(replies.feed(data.subarray(0, at)) + replies.feed(data.subarray(at))).toBe(replied + replied)
    }
  })
})
