/** Proves that a secret does not show. */
import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createLog } from './log.ts'
import { Secret } from './secret.ts'

describe('base secret', () => {
  it('shows three stars wherever it is printed, and itself only when asked', () => {
    const secret = new Secret('hunter2')
    const lines: string[] = []
    createLog({ level: 'info', stream: { write: (line) => lines.push(line) } }).info(
      { deep: { held: secret } },
      `${secret}`,
    )
    const printed = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }),
      format('%s %o', secret, secret),
      ...lines,
    ]
    expect(printed.filter((text) => text.includes('hunter2'))).toEqual([])
    expect(printed.filter((text) => !text.includes('***'))).toEqual([])
    expect(secret.reveal()).toBe('hunter2')
  })

  it('is itself and nothing else', () => {
    const secret = new Secret('hunter2')
    expect(['hunter2', 'hunter', 'hunter22', ''].map((text) => secret.is(text))).toEqual([true, false, false, false])
  })
})
