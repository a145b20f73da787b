/** Owns the reference page of the policy file, made from its schema. */
import { table } from './markdown.mjs'

/** The keys, the risks with their defaults, and an example that names every key. */
export const policyPage = async () => {
  const { POLICY_EXAMPLE, policyKeys } = await import(
    new URL('../../packages/operations/dist/guard/policy.js', import.meta.url)
  )
  const { defaultDecision, RISKS } = await import(
    new URL('../../packages/operations/dist/guard/risks.js', import.meta.url)
  )
  const risks = Object.entries(RISKS).map(([risk, words]) => [`\`${risk}\``, words, `\`${defaultDecision(risk)}\``])
  return [
    table(
      ['key', 'what it is'],
      policyKeys().map(([key, words]) => [`\`${key}\``, words]),
    ),
    '## Risks',
    'What a call may do decides where no rule matches. Tools say it themselves, some by their arguments.',
    table(['risk', 'what a call of it does', 'by default'], risks),
    '## Example',
    `\`\`\`json\n${JSON.stringify(POLICY_EXAMPLE, null, 2)}\n\`\`\``,
  ].join('\n\n')
}
