/** Proves that the policy file counts whole or not at all, and at once when it changed. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPolicy, type PolicySource, readPolicy } from './read-policy.ts'

let folder: ReturnType<typeof tempFolder>
let file: string
let policy: PolicySource
beforeEach(() => {
  folder = tempFolder('policy')
  file = join(folder.path, 'policy.json')
  policy = openPolicy(file)
})
afterEach(() => folder[Symbol.dispose]())

const deny = (note: string): string => JSON.stringify({ rules: [{ decision: 'deny', note }] })
const notes = async () => (await policy()).rules.map(({ note }) => note)
const flaw = async () =>
  await policy().then(
    () => undefined,
    ({ code, details }) => [code, details.key],
  )

describe('guard policy file', () => {
  it.each([
    ['more than it may hold', () => writeFileSync(file, ' '.repeat(300_000)), 'file'],
    ['a folder in its place', () => mkdirSync(file), 'file'],
    ['others that may write it', () => (writeFileSync(file, '{}'), chmodSync(file, 0o620)), 'mode'],
    ['a key that is not known', () => writeFileSync(file, '{"__proto__":{}}'), '__proto__'],
    [
      'a pattern that is empty',
      () => writeFileSync(file, '{"rules":[{"args":{"path":""},"decision":"deny"}]}'),
      'rules[0].args.path',
    ],
    [
      'a pattern that is a list of lists',
      () => writeFileSync(file, '{"rules":[{"args":{"path":[["x"]]},"decision":"deny"}]}'),
      'rules[0].args.path[0]',
    ],
  ])('refuses %s', async (_, make, key) => {
    verifies('guard.policy')
    make()
    expect(await flaw()).toEqual(['POLICY_INVALID', key])
  })

  it('is empty where there is no file, but a named file has to be there', async () => {
    expect(await policy()).toEqual({ rules: [], approve: ['form', 'page', 'terminal'] })
    await expect(readPolicy(file)).rejects.toMatchObject({ code: 'POLICY_INVALID' })
  })

  it('is read anew whenever it changed, and no older one holds while it is broken', async () => {
    verifies('guard.policy')
    writeFileSync(file, deny('one'))
    expect(await notes()).toEqual(['one'])
    writeFileSync(file, deny('two'))
    expect(await notes()).toEqual(['two'])
    writeFileSync(file, '{')
    expect(await flaw()).toEqual(['POLICY_INVALID', 'file'])
    rmSync(file)
    writeFileSync(join(folder.path, 'elsewhere'), deny('three'))
    symlinkSync('elsewhere', file)
    expect(await notes()).toEqual(['three'])
  })
})
