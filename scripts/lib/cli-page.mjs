/** Owns the reference page of the command line, made from what the commands say of themselves. */
import { capture } from './run.mjs'

const help = async (words) =>
  (
    await capture([process.execPath, 'packages/cli/dist/towline.js', ...words, '--help'], {
      env: { NO_COLOR: '1', COLUMNS: '100' },
    })
  ).output

/** Names of the commands that a help text lists. */
const commandsIn = (text) => {
  const listed = text.split(/^Commands:$/m)[1]
  if (!listed) return []
  return [...listed.matchAll(/^ {2}([a-z][a-z-]*)[ |[<]/gm)].map(([, name]) => name).filter((name) => name !== 'help')
}

const section = async (words) => {
  const text = await help(words)
  const title = `## towline ${words.join(' ')}`.trimEnd()
  const own = `${title}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\``
  const below = []
  for (const name of commandsIn(text)) below.push(await section([...words, name]))
  return [own, ...below].join('\n\n')
}

/** All commands, each with its help. */
export const cliPage = () => section([])
