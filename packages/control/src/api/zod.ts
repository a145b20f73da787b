/** Owns zod with the words of OpenAPI: taught here, so that a bundler that moves modules about cannot leave it out. */
import { extendZodWithOpenApi, z } from '@hono/zod-openapi'

extendZodWithOpenApi(z)

export { z }
