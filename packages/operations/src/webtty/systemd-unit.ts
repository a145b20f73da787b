/** Owns the systemd user unit that keeps a WebTTY server running (systemd.service(5), systemd.syntax(7)). */

/** What the unit runs. */
export interface UnitSpec {
  /** Of the tunnel; the unit is called `towline-webtty-<name>.service`. */
  readonly name: string
  /** Program and arguments; the program is an absolute path. */
  readonly argv: readonly string[]
  /** Absolute; commands and terminals start here. */
  readonly cwd: string
  /** Never secrets: a unit is readable by others. */
  readonly env: Readonly<Record<string, string>>
}

/** The file name of the unit. */
export const unitName = (name: string): string => `towline-webtty-${name}.service`

/** The text of the unit. */
export const systemdUnit = ({ name, argv, cwd, env }: UnitSpec): string => `[Unit]
Description=Towline WebTTY server ${literal(name)}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${argv.map(word).join(' ')}
WorkingDirectory=${literal(cwd)}
${Object.entries(env)
  .map(([key, value]) => `Environment=${word(`${key}=${value}`)}\n`)
  .join('')}Restart=always
RestartSec=2
KillMode=mixed
TimeoutStopSec=15

[Install]
WantedBy=default.target
`

/** One word of a command line: quoted, and without the specifiers and variables that systemd would put in. */
const word = (text: string): string =>
  `"${text
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replace(/[\\"]/g, '\\$&')
    .replace(/[\n\r\t]/g, escaped)}"`

const escaped = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/** A value that is taken as it is, except for specifiers. */
const literal = (text: string): string => text.replaceAll('%', '%%').replace(/[\n\r]/g, ' ')
