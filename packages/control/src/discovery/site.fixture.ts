/** Owns a whole site for tests: the repository's own docs and skills, two APIs, an MCP endpoint and an authorization server. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { discoveryApp } from './discovery-app.ts'
import type { Site, SiteFile } from './site.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** docs/ and skills/ of the checkout. */
export const repositoryFiles = (): readonly SiteFile[] => ['docs', 'skills'].flatMap(filesBelow)

const filesBelow = (folder: string): readonly SiteFile[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? filesBelow(path) : [{ path, text: readFileSync(join(root, path), 'utf8') }]
    })

export const ORIGIN = 'https://relay.example.com'

const openApi = (title: string, path: string): object => ({
  openapi: '3.1.0',
  info: { title, version: '0.1.0' },
  paths: {
    [`${path}/things`]: {
      get: {
        operationId: 'listThings',
        summary: 'Things | all of them.',
        security: [{ bearer: [] }],
        'x-towline-required-permissions': ['tunnels.list'],
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000 } }],
        responses: {
          200: {
            description: 'A page.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
          },
        },
      },
    },
  },
  components: {
    schemas: { Thing: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 48 } } } },
  },
})

const SCOPES = ['tunnels.list', 'tunnels.create']

/** `more` replaces parts; the origin may be one that is known later. */
export const siteOf = (more: Partial<Site> = {}): Site => {
  const publicUrl = more.publicUrl ?? (() => ORIGIN)
  return {
    publicUrl,
    version: '0.1.0',
    files: async () => repositoryFiles(),
    apis: [
      { path: '/api', title: 'Control API', document: () => openApi('Towline control', '/api') },
      { path: '/api/engine', title: 'Engine API', document: () => openApi('Towline engine', '/api/engine') },
    ],
    mcp: {
      path: '/api/mcp',
      serverInfo: { name: 'towline', title: 'Towline', version: '0.1.0' },
      description: 'Identity, projects, tokens and docs of a Towline server',
      protocolVersions: ['2026-07-28', '2025-11-25', '2025-06-18'],
    },
    oauth: {
      issuer: publicUrl,
      jwksPath: '/oauth/jwks',
      resources: [
        { path: '', name: 'Towline', scopes: SCOPES },
        { path: '/api', name: 'Control API', scopes: SCOPES },
        { path: '/api/mcp', name: 'MCP server', scopes: ['mcp'] },
        { path: '/api/engine', name: 'Engine API', scopes: SCOPES },
      ],
    },
    status: { checks: [], clock: () => 0, onFailure: () => undefined },
    ...more,
  }
}

/** Asks an app of a site. */
export const asking = (site: Site = siteOf()): ((path: string, init?: RequestInit) => Promise<Response>) => {
  const app = discoveryApp(site)
  return async (path, init = {}) => await app.request(`${site.publicUrl()}${path}`, init)
}

/** What a schema of schemas/ finds wrong; nothing when it is met. */
export const schemaErrors = (name: string, value: unknown): readonly string[] => {
  const schema = JSON.parse(readFileSync(new URL(`./schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object
  const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema)
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
