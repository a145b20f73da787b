/** Face of the engine room. */
export type { TlsOption } from './certificates.ts'
export { type Engine, type EngineOptions, openEngine } from './engine.ts'
