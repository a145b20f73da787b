/** Owns one PostgreSQL for a whole run of tests; each store that a test opens has a schema of its own in it. */
import type { TestProject } from 'vitest/node'
import { openPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server of this run; there is none outside of the project that starts it. */
    postgres: string | undefined
  }
}

/** For `globalSetup`. Throws when PostgreSQL is not installed. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await openPostgres()
  project.provide('postgres', server.url)
  return () => server.stop()
}
