/** Owns headers of tar (POSIX.1-2017 ustar and pax): writing those of files and folders, reading what others wrote. */

export const BLOCK = 512

/** What a header says. */
export interface TarEntry {
  readonly path: string
  /** One letter of ustar: `0` file, `5` folder, `2` symbolic link, `x` pax records of the next entry… */
  readonly type: string
  readonly size: number
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
  readonly link?: string
}

/** Offset and length of the fields of ustar. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  prefix: [345, 155],
} as const

type FieldName = keyof typeof FIELDS

/** The largest size that eleven octal digits hold. */
const OCTAL_MAX = 0o77777777777

/** Bytes from the end of `size` bytes to the next block. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK

/** The header of an entry, after one of pax where ustar cannot say it. */
export const writeHeader = (entry: TarEntry): Buffer => {
  const records = paxOf(entry)
  const own = block({ ...entry, size: Math.min(entry.size, OCTAL_MAX) })
  if (records.length === 0) return own
  const pax = { path: 'PaxHeader', type: 'x', size: records.length, mode: 0o644, mtime: entry.mtime }
  return Buffer.concat([block(pax), records, Buffer.alloc(paddingOf(records.length)), own])
}

const paxOf = ({ path, link = '', size }: TarEntry): Buffer => {
  const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text) && text.length <= FIELDS.name[1]
  const records = [
    ...(isPlain(path) ? [] : [record('path', path)]),
    ...(isPlain(link) ? [] : [record('linkpath', link)]),
    ...(size > OCTAL_MAX ? [record('size', String(size))] : []),
  ]
  return Buffer.concat(records)
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
const record = (key: string, value: string): Buffer => {
  const rest = Buffer.from(` ${key}=${value}\n`)
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

const block = ({ path, type, size, mode, mtime, link = '' }: TarEntry): Buffer => {
  const bytes = Buffer.alloc(BLOCK)
  const put = (field: FieldName, text: string): void => {
    bytes.write(text, FIELDS[field][0], FIELDS[field][1], 'utf8')
  }
  const octal = (field: FieldName, value: number): void => {
    const digits = FIELDS[field][1] - 1
    put(field, Math.max(0, Math.floor(value)).toString(8).padStart(digits, '0').slice(-digits))
  }
  put('name', path)
  octal('mode', mode)
  octal('uid', 0)
  octal('gid', 0)
  octal('size', size)
  octal('mtime', mtime)
  put('type', type)
  put('link', link)
  put('magic', 'ustar')
  put('version', '00')
  put('checksum', `${checksumOf(bytes).toString(8).padStart(6, '0')}\0 `)
  return bytes
}

/** Sum of all bytes, those of the sum itself taken as blanks. */
const checksumOf = (bytes: Buffer): number => {
  const [start, length] = FIELDS.checksum
  const counts = (_: number, index: number): boolean => index < start || index >= start + length
  return bytes.filter(counts).reduce((sum, byte) => sum + byte, 0x20 * length)
}

/** What a block says; undefined when it is no header. */
export const readHeader = (bytes: Buffer): TarEntry | undefined => {
  const text = (field: FieldName): string => {
    const [start, length] = FIELDS[field]
    return bytes
      .subarray(start, start + length)
      .toString()
      .split('\0', 1)[0] as string
  }
  const number = (field: FieldName): number =>
    numberOf(bytes.subarray(FIELDS[field][0], FIELDS[field][0] + FIELDS[field][1]))
  if (number('checksum') !== checksumOf(bytes)) return undefined
  const prefix = text('magic') === 'ustar' ? text('prefix') : ''
  const path = prefix === '' ? text('name') : `${prefix}/${text('name')}`
  const facts = { path, type: text('type') || '0', size: number('size'), mode: number('mode'), mtime: number('mtime') }
  const isSane = [facts.size, facts.mode, facts.mtime].every((value) => Number.isSafeInteger(value) && value >= 0)
  return isSane ? { ...facts, link: text('link') } : undefined
}

/** Octal text, or base 256 with the first bit set (GNU). NaN when it is neither. */
const numberOf = (bytes: Buffer): number => {
  if ((bytes[0] as number) & 0x80)
    return bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, (bytes[0] as number) & 0x7f)
  const text = bytes
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

/** The records of a pax header; undefined when they cannot be read. */
export const readPax = (bytes: Buffer): ReadonlyMap<string, string> | undefined => {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at)
    const length = blank < 0 ? 0 : Number(bytes.subarray(at, blank).toString('latin1'))
    if (!Number.isSafeInteger(length) || length <= blank - at || at + length > bytes.length) return undefined
    const text = bytes.subarray(blank + 1, at + length - 1).toString()
    const equals = text.indexOf('=')
    if (equals < 1) return undefined
    records.set(text.slice(0, equals), text.slice(equals + 1))
    at += length
  }
  return records
}
