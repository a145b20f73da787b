/** Proves that the field of agents is read as it was written, and that nothing else is taken for one. */
import { describe, expect, it } from 'vitest'
import { readAgentField, writeAgentField } from './agent-field.ts'
import { LIMITS } from './limits.ts'

describe('agent field', () => {
  it.each([
    ['a name', { name: 'codex-mcp-client' }, 'codex-mcp-client'],
    ['all of it', { name: 'codex', thread: 't 1', call: 'c;2' }, 'codex;thread=t%201;call=c%3B2'],
    ['other letters', { name: 'ágent, two', call: '=' }, '%C3%A1gent%2C%20two;call=%3D'],
  ])('writes and reads %s', (_, claim, text) => {
    expect(writeAgentField(claim)).toBe(text)
    expect(readAgentField(text)).toEqual(claim)
  })

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['one that is there twice', 'codex, codex'],
    ['unknown parts', 'codex;role=owner'],
    ['parts in another order', 'codex;call=1;thread=2'],
    ['what cannot be decoded', '%zz'],
    ['one that is too long', 'x'.repeat(LIMITS.agentFieldChars + 1)],
  ])('takes %s for none', (_, text) => {
    expect(readAgentField(text)).toBe(undefined)
  })

  it('makes texts harmless and short', () => {
    expect(readAgentField('a%00%1B%5B2Jb')).toEqual({ name: 'a��[2Jb' })
    const { name, thread } = readAgentField(writeAgentField({ name: 'é'.repeat(300), thread: '😀'.repeat(300) })) ?? {}
    expect([name?.length, [...(thread ?? '')].length]).toEqual([65, 65])
  })
})
