/** Runs the guide for environments of Codex as it is written. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit'
import { expect, it } from 'vitest'
import { read } from '../../repository.ts'
import { openReader } from '../guide/reader.ts'

/** What a command has to show. */
const SHOWS: readonly (readonly [begins: RegExp, output: RegExp])[] = [
  [/^towline codex env add .* --default/, /DEFAULT +yes/],
  [/^towline codex env add/, /MACHINE +edge-lab/],
  [/^towline codex env list/, /^edge-lab +edge-lab +yes/m],
  [/^towline codex env remove/, /ENVIRONMENT +edge-lab/],
  [/^towline exec-server --listen/, /^token \S{40}$/m],
]

it('guide codex-environments.md: every command does what the page says', async () => {
  verifies('execd.bridge')
  await using reader = openReader()
  const file = join(reader.folder, 'environments.toml')
  writeFileSync(file, '# mine\n')
  await reader.type('towline up --listen 127.0.0.1:0')
  const lines = [...read('docs/guide/codex-environments.md').matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(
    ([, text = '']) => text.trim().split('\n'),
  )
  expect(lines).toHaveLength(6)
  for (const line of lines) {
    const { output, program } = await reader.type(line, { CODEX_HOME: reader.folder })
    const wanted = SHOWS.find(([begins]) => begins.test(line))?.[1] ?? /online/
    expect(output + (program?.stdout() ?? '')).toMatch(wanted)
  }
  expect(readFileSync(file, 'utf8')).toBe('# mine\n')
})
