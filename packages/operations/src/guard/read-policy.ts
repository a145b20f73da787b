/** Owns reading the policy file: anew when it changed, and never in part. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, LIMITS } from '@towline/protocol'
import { type Env, homeDir } from '../context/home.ts'
import { type Flaw, isFlaw, NO_POLICY, parsePolicy, type Policy } from './policy.ts'

export const policyFile = (env: Env): string => join(homeDir(env), 'policy.json')

/** Of group and others: write. */
const OTHERS_WRITE = 0o022

/** The policy that holds now: without a file, no rules. Throws POLICY_INVALID, which names the key. */
export type PolicySource = () => Promise<Policy>

/** Reads `file` whenever it is another than before, which is looked at for every call. */
export const openPolicy = (file: string): PolicySource => {
  let known: { readonly state: string; readonly policy: Policy } | undefined
  return async () => {
    const handle = await openFile(file)
    if (!handle) return NO_POLICY
    try {
      const state = await stateOf(file, handle)
      if (known?.state !== state) known = { state, policy: await readFrom(file, handle) }
      return known.policy
    } finally {
      await handle.close()
    }
  }
}

/** Reads one file, whatever was read before. Throws POLICY_INVALID, also when there is none. */
export const readPolicy = async (file: string): Promise<Policy> => {
  const handle = await openFile(file)
  if (!handle) throw invalid(file, { key: 'file', problem: 'it is not there' })
  try {
    await stateOf(file, handle)
    return await readFrom(file, handle)
  } finally {
    await handle.close()
  }
}

/** A pipe in its place may not hold us up. */
const openFile = (file: string): Promise<FileHandle | undefined> =>
  open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unreadable(file, error)
  })

/** What differs when the file was written anew. Whoever may write it may allow anything, so that has to be few. */
const stateOf = async (file: string, handle: FileHandle): Promise<string> => {
  const found = await handle.stat({ bigint: true })
  const { size, mtimeNs, ctimeNs, ino, dev, mode, uid } = found
  const fail = (key: string, problem: string): AppError => invalid(file, { key, problem })
  if (!found.isFile()) throw fail('file', 'it is not a file')
  if (size > BigInt(LIMITS.policyBytes)) throw fail('file', `it is longer than ${LIMITS.policyBytes} bytes`)
  if (process.platform !== 'win32') {
    if ((Number(mode) & OTHERS_WRITE) !== 0) throw fail('mode', `others may write it; run: chmod go-w ${file}`)
    const own = process.geteuid?.() ?? 0
    if (uid !== 0n && Number(uid) !== own) throw fail('owner', 'it belongs to somebody else')
  }
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

const readFrom = async (file: string, handle: FileHandle): Promise<Policy> => {
  const text = await handle.readFile('utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error)
  })
  const policy = parsePolicy(text)
  if (isFlaw(policy)) throw invalid(file, policy)
  return policy
}

const unreadable = (file: string, { code = 'unknown' }: NodeJS.ErrnoException): AppError =>
  invalid(file, { key: 'file', problem: `it cannot be read (${code})` })

const invalid = (file: string, { key, problem }: Flaw): AppError =>
  new AppError('POLICY_INVALID', { file, key, problem })
