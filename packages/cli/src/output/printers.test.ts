/** Proves the printers: the formats of lists, single things and streams, and that hostile text stays text. */
import { describe, expect, it } from 'vitest'
import { type TestIoOptions, testIo } from '../../test/test-io.ts'
import { type Column, FORMATS, type Format, printList, printOne, printStream } from './printers.ts'
import { safeJson } from './safe-json.ts'
import { toYaml } from './yaml.ts'

interface Thing {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

const COLUMNS: readonly Column<Thing>[] = [
  { title: 'NAME', of: ({ name }) => name },
  {
    title: 'LABELS',
    of: ({ labels }) =>
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
  },
]
const THINGS: readonly Thing[] = [
  { name: 'web', labels: { purpose: 'review' } },
  { name: 'database', labels: {} },
]

const listed = async (format: Format, things: readonly Thing[], options: TestIoOptions = {}): Promise<string> => {
  const test = testIo(options)
  printList({ io: test.io, format, columns: COLUMNS }, things)
  await new Promise((done) => setImmediate(done))
  return test.stdout()
}

describe('printers: hostile text', () => {
  const hostile = [{ name: 'a\u001b[2J\nb\u009b1A', labels: { x: '\u202ereversed\u2028' } }]
  it.each(FORMATS)('printers: %s lets no control character through', async (format) => {
    const text = await listed(format, hostile)
    // oxlint-disable-next-line no-control-regex -- that none is left is what is proven
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
  })

  it('printers: json still says exactly what was given', async () => {
    expect(JSON.parse(await listed('json', hostile))).toEqual(hostile)
    expect(JSON.parse(safeJson('\u009b\u202e\u2028'))).toBe('\u009b\u202e\u2028')
  })
})

describe('printers: formats', () => {
  it('printers: table aligns columns and leaves no blanks at the end', async () => {
    expect(await listed('table', THINGS)).toBe('NAME      LABELS\nweb       purpose=review\ndatabase\n')
  })

  it('printers: text has no head and joins by tabs; an empty list prints nothing', async () => {
    expect(await listed('text', THINGS)).toBe('web\tpurpose=review\ndatabase\t\n')
    expect(await listed('text', [])).toBe('')
  })

  it('printers: json of an empty list is an empty list', async () => {
    expect(await listed('json', [])).toBe('[]\n')
    expect(JSON.parse(await listed('json', THINGS))).toEqual(THINGS)
  })

  it('printers: colour only at a terminal, and never with NO_COLOR or a dumb one', async () => {
    expect(await listed('table', THINGS, { tty: true })).toContain('\u001b[1m')
    expect(await listed('table', THINGS, { tty: true, env: { NO_COLOR: '1' } })).not.toContain('\u001b')
    expect(await listed('table', THINGS, { tty: true, env: { TERM: 'dumb' } })).not.toContain('\u001b')
    expect(await listed('json', THINGS, { tty: true })).not.toContain('\u001b')
  })

  it('printers: a stream of json is one object a line, and a table has its head once', async () => {
    for (const [format, expected] of [
      ['json', '{"name":"web","labels":{"purpose":"review"}}\n{"name":"database","labels":{}}\n'],
      ['table', 'NAME  LABELS\nweb   purpose=review\ndatabase\n'],
    ] as const) {
      const test = testIo()
      const print = printStream({ io: test.io, format, columns: COLUMNS })
      for (const thing of THINGS) print(thing)
      await new Promise((done) => setImmediate(done))
      expect(test.stdout()).toBe(expected)
    }
  })

  it('printers: one thing as a table has a line a column', async () => {
    const test = testIo()
    printOne({ io: test.io, format: 'table', columns: COLUMNS }, THINGS[0] as Thing)
    await new Promise((done) => setImmediate(done))
    expect(test.stdout()).toBe('NAME    web\nLABELS  purpose=review\n')
  })
})

describe('yaml: plain values', () => {
  it('yaml: nests objects and lists in blocks', () => {
    const value = [
      { id: 'tun_1', labels: { 'a/b': 'x y', empty: '' }, tunnels: ['one', 'two'], none: [], nothing: {}, port: 80 },
    ]
    expect(toYaml(value)).toBe(
      [
        '- id: tun_1',
        '  labels:',
        '    a/b: "x y"',
        '    empty: ""',
        '  tunnels:',
        '    - one',
        '    - two',
        '  none: []',
        '  nothing: {}',
        '  port: 80',
      ].join('\n'),
    )
  })

  it.each(['yes', 'No', 'true', 'null', '12', '1e3', '~', '- a', 'a: b', '#x', '', ' x', '@x', '2026-11-21', 'on'])(
    'yaml: %j stays a string',
    (text) => {
      expect(toYaml({ value: text })).toBe(`value: ${JSON.stringify(text)}`)
    },
  )

  it('yaml: lists in lists and missing values', () => {
    expect(toYaml([[1, [2]], null, undefined])).toBe('- - 1\n  - - 2\n- null\n- null')
    expect(toYaml([])).toBe('[]')
    expect(toYaml({ gone: undefined })).toBe('{}')
  })
})
