/**
 * Owns imports from the face of a room, when bundling: each goes to the file that has the name. Chunks are made of files, and
 * a face is one file: by it each command would load all of each room.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGES = fileURLToPath(new URL('../', import.meta.url))
/** Rooms with a face that names all it has. */
const ROOMS = ['base', 'sdk', 'webtty', 'operations', 'mcp', 'app-server']
const EXPORT = /^export \{([^}]*)\} from '([^']+)'/gm
const IMPORT = new RegExp(`^import \\{([^}]*)\\} from '@towline/(${ROOMS.join('|')})'`, 'gm')

export const directImports = {
  name: 'direct-imports',
  setup({ onLoad }) {
    const faces = new Map()
    const faceOf = (room) => faces.get(room) ?? faces.set(room, readFace(room)).get(room)
    onLoad({ filter: /[\\/]packages[\\/][\w-]+[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const read = new Map(await Promise.all(ROOMS.map(async (room) => [room, await faceOf(room)])))
      const contents = text.replaceAll(IMPORT, (_, names, room) => direct(names, read.get(room), room))
      return { contents, loader: 'ts' }
    })
  },
}

/** File by name. */
async function readFace(room) {
  const file = join(PACKAGES, room, 'src/index.ts')
  const text = await readFile(file, 'utf8')
  const found = [...text.matchAll(EXPORT)].flatMap(([, names, from]) =>
    valuesOf(names).map(([own, name]) => [name, { own, file: join(dirname(file), from) }]),
  )
  return new Map(found)
}

/** One line, as it was one statement: lines of source maps stay. */
function direct(names, face, room) {
  const imports = valuesOf(names).map(([name, as]) => {
    const found = face.get(name)
    if (!found) throw new Error(`@towline/${room} has no ${name}`)
    return `import { ${found.own} as ${as} } from ${JSON.stringify(found.file)}`
  })
  return imports.join(';') + '\n'.repeat(names.split('\n').length - 1)
}

/** [name, as] of what is no type. */
function valuesOf(names) {
  const parts = names.split(',').map((part) => part.trim())
  return parts
    .filter((part) => part !== '' && !part.startsWith('type '))
    .map((part) => [part.split(' as ')[0], part.split(' as ').at(-1)])
}
