/** Owns the reference page of the command line, made from what the commands say of themselves. */

const COLUMNS = 100

/** Every command with its help, as Markdown. */
export const cliPage = async () => {
  const { buildProgram } = await import(new URL('../../packages/cli/dist/index.js', import.meta.url))
  return sections(buildProgram(), []).join('\n\n')
}

const sections = (command, before) => {
  const words = [...before, command.name()]
  const own = `## ${words.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``
  const below = command.createHelp().visibleCommands(command)
  return [own, ...below.flatMap((child) => sections(child, words))]
}

const helpOf = (command) => {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS })
  command.outputHelp()
  return text.trimEnd()
}
