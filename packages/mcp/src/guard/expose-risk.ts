/** Owns the risk of making a service reachable, with why it is more than usual. */
import { type ExposeSpec, sensitiveExpose } from '@towline/operations'
import type { ToldRisk } from '../tool.ts'

export const exposeRisk = (spec: ExposeSpec): ToldRisk => {
  const because = sensitiveExpose(spec)
  return because === undefined ? { risk: 'expose' } : { risk: 'sensitive', because }
}
