/** Owns how this very command line is started again. */

/** Program and first arguments. */
export const programWords = (): readonly string[] => [process.execPath, ...process.execArgv, process.argv[1] ?? '']
