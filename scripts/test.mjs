/**
 * What `npm test` runs: the quick gate, the control API once more on PostgreSQL, and the system tests. `--counts FILE` keeps
 * the counts. `npm test -- WORD…` runs the same with only those tests whose file has one of the words in its path.
 */
import { check } from './check.mjs'
import { finish, vitest } from './lib/vitest.mjs'

finish([await check(), await vitest('postgres'), await vitest('system')])
