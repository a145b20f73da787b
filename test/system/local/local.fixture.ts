/** Owns looking after the supervisor of a home that a test uses: a process that no test started by itself. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Home } from '@towline/testkit'

/** Its process, as it says itself. */
export const pidOf = ({ folder }: Home): number =>
  (JSON.parse(readFileSync(join(folder.path, 'local', 'where.json'), 'utf8')) as { pid: number }).pid

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const gone = (pid: number): Promise<boolean> =>
  eventually(`the end of process ${pid}`, () => (isAlive(pid) ? undefined : true))

/** Ends the supervisor of a home, when one runs. */
export const endSupervisor = async (home: Home): Promise<void> => {
  if (!existsSync(join(home.folder.path, 'local', 'where.json'))) return
  const pid = pidOf(home)
  if (isAlive(pid)) process.kill(pid, 'SIGTERM')
  await gone(pid)
}

/** What a command prints as JSON. Throws with its errors when it failed. */
export const json = async <T>(home: Home, ...words: readonly string[]): Promise<T> => {
  const { status, stdout, stderr } = await home.run([...words, '-o', 'json'])
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status} ${stderr}`)
  return JSON.parse(stdout) as T
}

/** The code a command is refused with. */
export const refusal = async (home: Home, ...words: readonly string[]): Promise<string> => {
  const { status, stdout, stderr } = await home.run([...words, '-o', 'json'])
  if (status === 0) throw new Error(`${words.join(' ')} was not refused: ${stdout}`)
  return (JSON.parse(stderr) as { error: { code: string } }).error.code
}
