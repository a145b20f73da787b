/**
 * Owns zod with the words of OpenAPI. A binding of its own, not a re-export: a bundler that splits modules into chunks keeps
 * the order of bindings, but not that of modules which only do something when loaded.
 */
import { extendZodWithOpenApi, z as zod } from '@hono/zod-openapi'

extendZodWithOpenApi(zod)

export const z = zod
