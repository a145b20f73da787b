/** What `npm test` runs: the quick gate, the control API once more on PostgreSQL, and the system tests. `--counts FILE` keeps the counts. */
import { check } from './check.mjs'
import { finish, vitest } from './lib/vitest.mjs'

finish([await check(), await vitest('postgres'), await vitest('system')])
