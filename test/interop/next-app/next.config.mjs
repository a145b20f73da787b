// oxlint-disable import/no-default-export -- Next.js wants it so
/** The packages are two folders up from where the test puts its copy of the app. */
import { fileURLToPath } from 'node:url'

export default { turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) } }
