/** Owns the words of `towline doctor`. */
import { type Build, command, examples, formatOption, serverOptions } from '../command.ts'
import type { DoctorOptions } from '../run/doctor.ts'

export const doctor: Build = (io) =>
  examples(
    serverOptions(command('doctor', 'Check everything between this machine and its server, and say what to do'))
      .option('--deep', 'also make a private tunnel, dial it, and close it')
      .addOption(formatOption())
      .action(async (options: DoctorOptions) => (await import('../run/doctor.ts')).run(io, options)),
    'towline doctor',
    'towline doctor --deep -o json',
  )
