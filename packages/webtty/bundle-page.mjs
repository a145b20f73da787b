/** Owns making the page of browsers one document: script and style stand in it, and it asks for nothing more. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** The document. Rejects when something of it wants Node. */
export const pageDocument = async () => {
  const [html, script, style] = await Promise.all([
    readFile(here('src/browser/page.html'), 'utf8'),
    bundled(here('src/browser/main.ts')),
    bundled(here('src/browser/style.css')),
  ])
  const inlined = html.replace('/*STYLE*/', () => style).replace('/*SCRIPT*/', () => script)
  return inlined.replace(/^ +(?=<)/gm, '')
}

const bundled = async (path) => {
  const { outputFiles } = await build({
    entryPoints: [path],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    conditions: ['towline-source'],
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  return outputFiles[0].text.trim()
}
