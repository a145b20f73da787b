/** Proves what ./towline says where it cannot start. */
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, tempFolder } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { root } from './repository.ts'

/** Runs the launcher where only sh and the `node` given are found, through a link in another folder. */
const launch = async (node?: string) => {
  using folder = tempFolder('launcher')
  symlinkSync('/bin/sh', join(folder.path, 'sh'))
  for (const tool of ['readlink', 'find']) symlinkSync(`/usr/bin/${tool}`, join(folder.path, tool))
  symlinkSync(join(root, 'towline'), join(folder.path, 'towline'))
  if (node !== undefined) {
    writeFileSync(join(folder.path, 'node'), node)
    chmodSync(join(folder.path, 'node'), 0o755)
  }
  return await run([join(folder.path, 'towline'), '--version'], { env: { PATH: folder.path }, cwd: folder.path })
}

const NEEDED = 'error: Towline needs Node.js 20.19 or newer;'

describe('launcher: refuses', () => {
  it('a machine without node, in one sentence', async () => {
    expect(await launch()).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr: `${NEEDED} install it and run this again.\n`,
    })
  })

  it('a node that is too old, and names it', async () => {
    const old = '#!/bin/sh\n[ "$1" = --version ] && echo v20.18.3\n[ "$1" != -e ]\n'
    expect(await launch(old)).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr: `${NEEDED} this is v20.18.3.\n`,
    })
  })
})
