/** Face of the cli room: the tree of commands, from which the reference is made. */
export { buildProgram } from './program.ts'
export { VERSION } from './version.ts'
