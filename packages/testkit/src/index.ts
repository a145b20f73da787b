/** Face of the testkit: a whole system on port 0 in one process, and the parts tests share. */
export { verifies } from './verifies.ts'
