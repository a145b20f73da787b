/** Owns the words of `towline demo`. */
import { type Build, command, progressOption } from '../command.ts'
import type { DemoOptions } from '../run/demo.ts'

export const demo: Build = (io) =>
  command('demo', 'Start everything, publish a sample service and prove each step through the relay')
    .option('--once', 'end after the proofs (also without a terminal)')
    .addOption(progressOption())
    .action(async (options: DemoOptions) => (await import('../run/demo.ts')).run(io, options))
