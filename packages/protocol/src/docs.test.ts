/** Proves that the protocol pages say what the code does, where both name the same thing. */
import { readFileSync } from 'node:fs'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { NO_SLAB } from './channel.ts'
import { LIMITS } from './limits.ts'
import { PREFACE } from './link/messages.ts'
import { Decoder } from './mux/decoder.ts'
import { FRAME } from './mux/frame.ts'
import { RESERVED_NAMES } from './names.ts'
import { FIELDS } from './permissions/fields.ts'
import { readBoundary } from './permissions/parse-boundary.ts'
import { RESET } from './reset.ts'

const page = (name: string): string => readFileSync(new URL(`../../../docs/protocol/${name}`, import.meta.url), 'utf8')

const rows = (text: string): string[][] =>
  [...text.matchAll(/^\| (.+) \|$/gm)].map(([, cells = '']) => cells.split('|').map((cell) => cell.trim()))

describe('protocol docs', () => {
  it('list the frame types and reset codes that the code has', () => {
    verifies('link.spec')
    const numbered = rows(page('mux.md')).filter(([first = '']) => /^\d+$/.test(first))
    const named = numbered.map(([number, name = '']) => [name, Number(number)])
    const frames = Object.entries(FRAME).map(([name, type]) => [name.toUpperCase(), type])
    expect(named).toEqual([...frames, ...Object.entries(RESET)])
  })

  it('give examples of frames that the decoder reads whole, one of each type', () => {
    verifies('link.spec')
    const types: number[] = []
    const sink = { data: () => types.push(FRAME.data), frame: (type: number) => types.push(type) }
    const examples = [...page('mux.md').matchAll(/^0[1-8] [0-9a-f ]+/gm)].map(([hex]) => hex)
    for (const hex of examples) new Decoder(sink, LIMITS).push(Buffer.from(hex.replace(/\s/g, ''), 'hex'), NO_SLAB)
    expect(types).toEqual(Object.values(FRAME))
  })

  it('write the preface in hex', () => {
    verifies('link.spec')
    expect(page('link.md')).toContain(
      `\`${Buffer.from(PREFACE)
        .toString('hex')
        .replace(/..(?=.)/g, '$& ')}\``,
    )
  })

  it('name the bounds that the limits table has', () => {
    verifies('limits.table')
    const said = (name: string, ...sentences: string[]) =>
      sentences.filter((sentence) => !page(name).includes(sentence))
    const n = (value: number) => value.toLocaleString('en-US')
    const { filterChars, filterDepth, filterRegexes, filterRegexChars, filterRegexProgram } = LIMITS
    const seconds = (ms: number) => `${ms / 1000} s`
    expect([
      ...said(
        'filter.md',
        `${n(filterChars)} characters, ${filterDepth} levels, ${filterRegexes} regexes of ${filterRegexChars} characters and ${filterRegexProgram} instructions`,
      ),
      ...said(
        'permissions.md',
        `${n(LIMITS.boundaryChars)} characters as JSON`,
        `${LIMITS.boundaryDepth} levels, ${LIMITS.boundaryItems} entries in a list`,
        `${LIMITS.boundaryRegexes} regexes of ${LIMITS.boundaryRegexChars} characters and ${LIMITS.boundaryRegexProgram} instructions`,
        `over ${n(LIMITS.boundaryTextChars)} characters passes none`,
      ),
      ...said(
        'names.md',
        `1 to ${LIMITS.nameChars} of`,
        `At most ${LIMITS.labels} on`,
        `1 to ${LIMITS.labelKeyChars} of letters`,
        `${LIMITS.labelValueChars} characters`,
      ),
      ...said(
        'mux.md',
        `at most ${n(LIMITS.muxControlPayload)} bytes`,
        `begins at ${n(LIMITS.muxWindowInitial)} bytes`,
        `(${n(LIMITS.muxStreams)} here)`,
      ),
      ...said(
        'link.md',
        `${n(LIMITS.linkTextChars)} characters`,
        `${n(LIMITS.linkListItems)} entries`,
        `within ${seconds(LIMITS.linkHelloMs)} is told`,
      ),
      ...said(
        'link.md',
        `every ${seconds(LIMITS.linkPingMs)} when`,
        `for ${seconds(LIMITS.linkPongMs)} after`,
        `within ${seconds(LIMITS.linkLingerMs)} is reset`,
      ),
      ...said(
        'engine-api.md',
        `lives at most ${LIMITS.watchTokenSeconds} s`,
        `longer than ${n(LIMITS.watchJournal)} events`,
        `every ${seconds(LIMITS.watchPingMs)}`,
      ),
    ]).toEqual([])
  })

  it('name every field and every refusal of boundaries, and give examples that are some', () => {
    verifies('token.resources')
    const text = page('permissions.md')
    const fields = Object.entries(FIELDS).map(([name, { creatable }]) => [name, creatable] as const)
    const creatable = fields.filter(([, early]) => early).map(([name]) => name)
    const later = fields.filter(([, early]) => !early).map(([name]) => name)
    expect(text).toContain(`Fields for \`create\`: \`${creatable.join(' ')}\``)
    expect(text).toContain(`For the others also \`${later.join(' ')}\``)
    const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => readBoundary(json))
    expect(examples.length).toBeGreaterThan(1)
  })

  it('list the reserved names', () => {
    const line = page('names.md')
      .split('\n')
      .find((text) => text.startsWith('`acme`'))
    expect(line?.match(/[a-z0-9-]+/g)).toEqual([...RESERVED_NAMES])
  })
})
