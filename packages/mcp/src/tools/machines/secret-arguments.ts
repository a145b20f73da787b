/** Owns arguments that may name a secret: looked up at the last moment, and on their way nowhere else. */
import { isSecretReference, withoutLineEnd } from '../../guard/secrets.ts'
import type { ToolCall } from '../../tool.ts'

/** The text itself, or what its reference stands for. Rejects with SECRET_REFUSED. */
export const secretText = async (text: string, { deps }: ToolCall): Promise<string> =>
  isSecretReference(text) ? (await deps.secrets.resolve(text)).reveal() : text

/** The same for every value; a variable does not hold the line break at the end of a file. */
export const secretValues = async (
  values: Readonly<Record<string, string>>,
  call: ToolCall,
): Promise<Readonly<Record<string, string>>> => {
  const pairs = Object.entries(values).map(async ([key, value]) => [
    key,
    isSecretReference(value) ? withoutLineEnd(await secretText(value, call)) : value,
  ])
  return Object.fromEntries(await Promise.all(pairs)) as Readonly<Record<string, string>>
}
