/** Face of the engine room. */
export type { TlsOption } from './certificates.ts'
export type { SiteHandler } from './api/api-server.ts'
export { type Engine, type EngineOptions, openEngine } from './engine.ts'
