/** Owns the hostile folder of the attack tests: what lies in it and outside of it, and whether anything of that has changed. */
import { execFileSync } from 'node:child_process'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  type AskOptions,
  json,
  SECRET,
  type ServedFolder,
  type Told,
} from '../../../packages/webtty/src/files/files.fixture.ts'

/** Every verb, at a path that is already coded for a query (`coded`) and as it is in JSON (`plain`). */
export interface Aim {
  readonly coded: string
  readonly plain: string
}

type Ask = (method: string, url: string, options?: AskOptions) => Promise<Told>

const at = (route: string, { coded }: Aim, rest = ''): string => `/v1/${route}?path=${coded}${rest}`

/** Reads, by name. */
export const READS: Readonly<Record<string, (ask: Ask, aim: Aim) => Promise<Told>>> = {
  ls: (ask, aim) => ask('GET', at('ls', aim, '&depth=4')),
  stat: (ask, aim) => ask('GET', at('stat', aim)),
  'stat of the link': (ask, aim) => ask('GET', at('stat', aim, '&link=1')),
  read: (ask, aim) => ask('GET', at('file', aim)),
  head: (ask, aim) => ask('HEAD', at('file', aim)),
  archive: (ask, aim) => ask('GET', at('archive', aim, '&links=1')),
  search: (ask, { plain }) => ask('POST', '/v1/search', json({ path: plain, text: 'secret' })),
}

const upload = async (ask: Ask, aim: Aim, rest = ''): Promise<Told> => {
  const made = await ask('POST', at('uploads', aim, rest), { headers: { 'upload-length': 5 } })
  if (made.status !== 201) return made
  const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': 0 }
  return await ask('PATCH', `/v1/${made.headers.location}`, { headers, body: 'taken' })
}

/** An archive of one file. */
const TAR = execFileSync(
  'tar',
  ['--transform', 's/.*/f/', '-cf', '-', process.execPath.replace(/.*/, '/etc/hostname')],
  { stdio: ['ignore', 'pipe', 'ignore'] },
)

/** Changes, by name. Each would take, replace or remove something at the path. */
export const CHANGES: Readonly<Record<string, (ask: Ask, aim: Aim) => Promise<Told>>> = {
  write: (ask, aim) => ask('PUT', at('file', aim), { body: 'taken' }),
  'write with folders': (ask, aim) => ask('PUT', at('file', aim, '&mkdirs=1'), { body: 'taken' }),
  upload: (ask, aim) => upload(ask, aim),
  'upload with folders': (ask, aim) => upload(ask, aim, '&mkdirs=1'),
  mkdir: (ask, { plain }) => ask('POST', '/v1/mkdir', json({ path: plain })),
  'mkdir with folders': (ask, { plain }) => ask('POST', '/v1/mkdir', json({ path: plain, parents: true })),
  'move from': (ask, { plain }) => ask('POST', '/v1/move', json({ from: plain, to: 'moved' })),
  'move to': (ask, { plain }) => ask('POST', '/v1/move', json({ from: 'hello.txt', to: plain, mkdirs: true })),
  'move over': (ask, { plain }) => ask('POST', '/v1/move', json({ from: 'hello.txt', to: plain, overwrite: true })),
  'move a folder to': (ask, { plain }) => ask('POST', '/v1/move', json({ from: 'a', to: plain, overwrite: true })),
  'copy from': (ask, { plain }) => ask('POST', '/v1/copy', json({ from: plain, to: 'copied' })),
  'copy to': (ask, { plain }) =>
    ask('POST', '/v1/copy', json({ from: 'hello.txt', to: plain, mkdirs: true, overwrite: true })),
  extract: (ask, aim) => ask('POST', at('archive', aim, '&overwrite=1'), { body: TAR }),
  remove: (ask, aim) => ask('DELETE', at('file', aim)),
  'remove all': (ask, aim) => ask('DELETE', at('file', aim, '&recursive=1')),
}

/** What lies below a folder: every name with its type, mode, and content or target. */
export const snapshot = (folder: string): readonly string[] => {
  const look = (path: string, name: string): string[] => {
    const stat = lstatSync(path)
    const facts = [name, stat.mode.toString(8), stat.ino].join(' ')
    if (stat.isSymbolicLink()) return [`${facts} -> ${readlinkSync(path)}`]
    if (stat.isFile()) return [`${facts} ${stat.size > 1e6 ? stat.size : readFileSync(path, 'latin1')} ${stat.mtimeMs}`]
    if (!stat.isDirectory()) return [facts]
    return [
      facts,
      ...readdirSync(path)
        .toSorted()
        .flatMap((entry) => look(join(path, entry), `${name}/${entry}`)),
    ]
  }
  return look(folder, '.')
}

/** Puts the folder back to what the attacks expect: links of every kind, pipes, devices, a prefix twin, a hard link. */
export const layOut = ({ root, outside }: Pick<ServedFolder, 'root' | 'outside'>): void => {
  rmSync(`${root}-evil`, { recursive: true, force: true })
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true })
  mkdirSync(`${root}-evil`)
  writeFileSync(join(`${root}-evil`, 'secret'), SECRET)
  mkdirSync(join(root, 'a', 'b'), { recursive: true })
  mkdirSync(join(root, 'case'))
  writeFileSync(join(root, 'hello.txt'), 'hello')
  writeFileSync(join(root, 'a', 'b', 'f'), 'inside')
  const links: readonly (readonly [string, string])[] = [
    ['to-file', '../outside/secret'],
    ['to-folder', '../outside'],
    ['to-file-absolute', join(outside, 'secret')],
    ['to-folder-absolute', outside],
    ['to-twin', `${root}-evil`],
    ['to-parent', '..'],
    ['a/up', '../../outside'],
    ['chain-1', 'chain-2'],
    ['chain-2', 'a/../chain-3'],
    ['chain-3', '../outside'],
    ['loop-1', 'loop-2'],
    ['loop-2', 'loop-1'],
    ['dangling', '../outside/new'],
    ['dangling-absolute', join(outside, 'new')],
    ['dangling-deep', '../outside/new/folder'],
    ['magic-root', '/proc/self/root'],
    ['magic-cwd', '/proc/self/cwd'],
    ['magic-fd', '/proc/self/fd/0'],
    ['through-proc', `/proc/self/root${outside}`],
    ['inside-file', 'a/b/f'],
    ['inside-folder', 'a/b'],
    ['inside-up', 'a/../a/./b//f'],
    ['inside-absolute', join(root, 'a', 'b', 'f')],
  ]
  for (const [name, target] of links) symlinkSync(target, join(root, name))
  for (let index = 1; index <= 41; index++)
    symlinkSync(index === 41 ? 'hello.txt' : `hop-${index + 1}`, join(root, `hop-${index}`))
  linkSync(join(root, 'hello.txt'), join(root, 'hard'))
}
