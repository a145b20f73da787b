/** Proves completion: what is offered, and that the scripts work in the shells that are installed here. */
import { execFileSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { saveContext } from '@towline/operations'
import { type TempFolder, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { testIo } from '../../test/test-io.ts'
import { runCli } from '../run-cli.ts'

const cli = async (env: Readonly<Record<string, string>>, ...argv: string[]) => {
  const test = testIo({ env })
  const exit = await runCli(test.io, argv)
  await new Promise((done) => setImmediate(done))
  return { exit, stdout: test.stdout(), stderr: test.stderr() }
}

const folders: TempFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})
const newFolder = (): string => {
  const folder = tempFolder('tab')
  folders.push(folder)
  return folder.path
}

const home = async (): Promise<Record<string, string>> => ({ TOWLINE_HOME: newFolder() })

/** The values offered after `words`; the last one is being written. */
const offered = async (env: Readonly<Record<string, string>>, ...words: string[]): Promise<readonly string[]> => {
  const { exit, stdout, stderr } = await cli(env, 'complete', '--', ...words)
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  return stdout
    .split('\n')
    .filter((text) => text.includes('\t'))
    .map((text) => text.split('\t')[0] ?? '')
}

describe('completion: what is offered', () => {
  it('completion: commands, words of groups, options and choices', async () => {
    const env = await home()
    expect(await offered(env, '')).toEqual(
      expect.arrayContaining(['up', 'forward', 'dial', 'tunnel', 'events', 'demo']),
    )
    expect(await offered(env, 'tunnel', '')).toEqual(expect.arrayContaining(['list', 'cut']))
    expect(await offered(env, 'forward', '--to')).toEqual(['--token-auth'])
    expect(await offered(env, 'tunnel', 'list', '-o', '')).toEqual(['table', 'text', 'json', 'yaml'])
  })

  it('completion: never offers the word that shells call', async () => {
    expect(await offered(await home(), 'compl')).not.toContain('complete')
  })

  it('completion: names of contexts', async () => {
    const env = await home()
    const context = { url: 'https://127.0.0.1:1', project: 'dev', token: 'tow_secret-secret' }
    await saveContext(env, { ...context, name: 'away' })
    await saveContext(env, { ...context, name: 'local' })
    expect(await offered(env, 'context', 'use', '')).toEqual(['away', 'local'])
    expect(await offered(env, 'tunnel', 'list', '--context', 'a')).toEqual(['away'])
  })

  it('completion: without a server it offers fewer names, and no error', async () => {
    expect(await offered(await home(), 'dial', '')).toEqual([])
  })

  it('completion: refuses a shell it has no script for', async () => {
    expect(await cli({}, 'completion', 'tcsh')).toMatchObject({ exit: 2, stdout: '' })
  })
})

/** Each shell is asked what `towline tunnel ` may go on with; the program is replaced by one that knows the answer. */
const SHELLS: readonly (readonly [shell: 'bash' | 'zsh' | 'fish', version: string, ask: readonly string[]])[] = [
  [
    'bash',
    'echo $BASH_VERSION',
    [
      '-c',
      'source "$1"; source "$1"; COMP_WORDS=(towline tunnel ""); COMP_CWORD=2; __towline_complete; echo "${COMPREPLY[@]}"',
      'x',
    ],
  ],
  ['zsh', 'echo $ZSH_VERSION', ['-f', '-n']],
  ['fish', 'echo $FISH_VERSION', ['-c', 'source $argv[1]; complete -C "towline tunnel "']],
]

/** zsh completes only where it edits lines, so there the script is only read. */
const ANSWERS = { bash: /^list cut\n$/, zsh: /^$/, fish: /^(cut\ty\nlist\tx|list\tx\ncut\ty)\n$/ }

const installed = (shell: string, version: string): boolean => {
  try {
    return execFileSync(shell, ['-c', version], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() !== ''
  } catch {
    return false
  }
}

/** A folder with a `towline` that answers one question only, and the PATH that finds it. */
const fakeProgram = async (): Promise<{ readonly folder: string; readonly path: string }> => {
  const folder = newFolder()
  const program = join(folder, 'towline')
  await writeFile(program, '#!/bin/sh\n[ "$*" = "complete -- tunnel " ] && printf "list\\tx\\ncut\\ty\\n:4\\n"\n')
  await chmod(program, 0o755)
  return { folder, path: `${folder}${delimiter}${process.env['PATH']}` }
}

describe('completion: scripts', () => {
  for (const [shell, version, ask] of SHELLS) {
    it(`completion: there is a script for ${shell}, which asks this program`, async () => {
      const { path } = await fakeProgram()
      const { exit, stdout } = await cli({ PATH: path }, 'completion', shell)
      expect(exit).toBe(0)
      expect(stdout).toContain('towline complete --')
    })

    it.skipIf(!installed(shell, version))(`completion: the script works in ${shell}`, async () => {
      verifies('cli.completion')
      const { folder, path } = await fakeProgram()
      const script = join(folder, 'script')
      await writeFile(script, (await cli({ PATH: path }, 'completion', shell)).stdout)
      const answer = execFileSync(shell, [...ask, script], {
        env: { ...process.env, PATH: path },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      expect(answer).toMatch(ANSWERS[shell])
    })
  }
})
