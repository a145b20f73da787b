/** Owns bundling the command line: one entry that starts fast, and chunks that load when a command needs them. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { directImports } from './direct-imports.mjs'
import { pageDocument } from '../webtty/bundle-page.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** What tsyringe needs first, @peculiar/x509 loads for it; chunks are loaded in another order, so it loads that by itself. */
const reflectFirst = {
  name: 'reflect-first',
  setup({ onLoad }) {
    onLoad({ filter: /\/tsyringe\/dist\/esm5\/index\.js$/ }, async ({ path }) => ({
      contents: `import 'reflect-metadata'; ${await readFile(path, 'utf8')}`,
    }))
  },
}

/** The texts of docs/ and skills/ go into the bundle, in place of the module that reads them from the checkout. */
const heldFiles = {
  name: 'held-files',
  setup({ onLoad }) {
    onLoad({ filter: /\/server\/site-files\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], write: false, format: 'esm', platform: 'node' })
      const { siteFiles } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
      const files = await siteFiles(here('../../'))
      return { contents: `export const siteFiles = async () => ${JSON.stringify(files)}` }
    })
  },
}

/** The list of agents' tools as it is told to clients, in place of the module that renders it; a server starts without tools. */
const renderedTools = {
  name: 'rendered-tools',
  setup({ onLoad }) {
    onLoad({ filter: /\/mcp\/src\/offer\/listed-tools\.ts$/ }, async ({ path }) => {
      const { conditions, mainFields, platform, format, external, banner } = OPTIONS
      const outfile = here(`dist/tools.${process.pid}.tmp.mjs`)
      await build({
        ...{ entryPoints: [path], outfile, bundle: true, conditions, mainFields, platform, format, external, banner },
        plugins: [directImports],
      })
      try {
        const { listedTools } = await import(pathToFileURL(outfile).href)
        const text = JSON.stringify(JSON.stringify(await listedTools()))
        return { contents: `export const listedTools = async () => JSON.parse(${text})` }
      } finally {
        await rm(outfile, { force: true })
      }
    })
  },
}

/** The page that a WebTTY server shows to browsers, in place of the module that has none; a chunk of its own. */
const webttyPage = {
  name: 'webtty-page',
  setup({ onLoad }) {
    onLoad({ filter: /\/server\/webtty-page-text\.ts$/ }, async () => ({
      contents: `export const webttyPageText = ${JSON.stringify(await pageDocument())}`,
    }))
  },
}

/**
 * Rooms of the workstation and the SDK of MCP take zod into their chunks, without the error texts of 60 languages: an agent
 * waits for its start. Control keeps the package outside, as what extends it is loaded from there.
 */
const ownZod = {
  name: 'own-zod',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^zod(\/v4)?$/ }, ({ importer }) =>
      TAKES_ZOD.test(importer) ? undefined : { path: 'zod', external: true },
    )
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

const TAKES_ZOD = /[\\/]packages[\\/](app-server|mcp|operations)[\\/]|[\\/]@modelcontextprotocol[\\/]/

/** The SDK of MCP servers checks answers to forms by the small one of its two validators: 200 KB less at each start. */
const smallValidator = {
  name: 'small-validator',
  setup({ onLoad }) {
    onLoad({ filter: /\/@modelcontextprotocol\/server\/dist\/shimsNode\.mjs$/ }, () => ({
      contents: `export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker'
export { default as process } from 'node:process'`,
      resolveDir: here('.'),
    }))
  },
}

/** What draws the terminal can be watched by tools for developers of React, which are not here. */
const noDevtools = {
  name: 'no-devtools',
  setup({ onLoad }) {
    onLoad({ filter: /\/ink\/build\/devtools\.js$/ }, () => ({ contents: 'export {}' }))
  },
}

const DIST = here('dist')
const CHUNKS = join(DIST, 'chunks')
const DAY_MS = 24 * 3600 * 1000

/**
 * Writes dist/towline.js and dist/chunks. Native packages and what finds files beside itself stay outside. Processes of the
 * bundle before go on: their chunks have other names and stay for a day, and the entry is replaced last, at once.
 */
export const bundle = async () => {
  const { outputFiles } = await build(OPTIONS)
  await mkdir(CHUNKS, { recursive: true })
  const [entry, chunks] = [outputFiles.filter(isEntry), outputFiles.filter((file) => !isEntry(file))]
  for (const { path, contents } of [...chunks, ...entry]) await put(path, contents)
  const current = new Set(outputFiles.map(({ path }) => path))
  for (const name of await readdir(CHUNKS)) await prune(join(CHUNKS, name), current)
}

const isEntry = ({ path }) => dirname(path) === DIST

const put = async (path, contents) => {
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, contents)
  await rename(draft, path)
}

const prune = async (path, current) => {
  if (current.has(path)) return
  const found = await stat(path).catch(() => undefined)
  if (found && Date.now() - found.mtimeMs > DAY_MS) await rm(path, { force: true })
}

/** For esbuild. Rooms say by `sideEffects` that they do nothing when loaded: what a command does not use stays out of its chunks. */
const OPTIONS = {
  entryPoints: { towline: here('src/main.ts') },
  outdir: DIST,
  write: false,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['towline-source'],
  // The older module form of a package has no named exports when it is imported lazily.
  mainFields: ['module', 'main'],
  // oidc-provider knows its models by the names of their classes, which bundling changes. zod-openapi extends zod when it is
  // loaded, and chunks that only use zod would not wait for that; hono goes with it, as its errors are told by their class.
  external: ['libsql', 'oidc-provider', '@hono/zod-openapi', 'hono', 'bufferutil', 'utf-8-validate'],
  plugins: [heldFiles, webttyPage, renderedTools, reflectFirst, ownZod, smallValidator, noDevtools, directImports],
  // React has another build for developers, which is slower.
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  banner: {
    // Packages of the older module system ask for `require` when they load Node's own modules.
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
  logLevel: 'warning',
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
