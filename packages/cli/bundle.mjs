/** Owns bundling the command line: one entry that starts fast, and chunks that load when a command needs them. */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Our own files do nothing when loaded, so what a command does not use is left out of its chunks. */
const pureRooms = {
  name: 'pure-rooms',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(\.|@towline\/)/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === 'seen') return undefined
      const found = await resolve(path, { ...where, pluginData: 'seen' })
      const own = found.path.includes('/packages/') && !found.path.includes('/node_modules/')
      return found.errors.length > 0 || !own ? found : { ...found, sideEffects: false }
    })
  },
}

/** Writes dist/towline.js and dist/chunks. Native packages and what finds files beside itself stay outside. */
export const bundle = async () => {
  await rm(here('dist/chunks'), { recursive: true, force: true })
  await build({
    entryPoints: { towline: here('src/main.ts') },
    outdir: here('dist'),
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['towline-source'],
    external: ['libsql', 'bufferutil', 'utf-8-validate'],
    plugins: [pureRooms],
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    banner: {
      // Packages of the older module system ask for `require` when they load Node's own modules.
      js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
    },
    logLevel: 'warning',
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
