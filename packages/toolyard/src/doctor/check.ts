import { adviceFor, type CheckStatus, type FactsOf, type FindingCode, findingKinds } from './findings.ts'

export const checkAreas = [
  'PROGRAM',
  'SERVER',
  'SETTINGS',
  'DATABASE',
  'SECRET_KEY',
  'POLICIES',
  'MCP_SERVERS',
] as const
export type CheckArea = (typeof checkAreas)[number]

/** The result of one check. */
export interface Check {
  readonly area: CheckArea
  /** The subject: a setting, a file, a server. */
  readonly subject: string
  readonly status: CheckStatus
  /** Null if all is well. */
  readonly code: FindingCode | null
  readonly message: string
  /** The advice; null if there is nothing to do. */
  readonly advice: string | null
}

export function fine(area: CheckArea, subject: string, message: string): Check {
  return { area, subject, status: 'OK', code: null, message, advice: null }
}

/** A check with something to do: its code determines the status and the advice. */
export function finding<Code extends FindingCode>(
  code: Code,
  area: CheckArea,
  subject: string,
  message: string,
  // Left out if the advice needs no facts.
  ...[facts]: Record<never, never> extends FactsOf<Code> ? [] : [FactsOf<Code>]
): Check {
  const { status } = findingKinds[code]
  return { area, subject, status, code, message, advice: adviceFor(code, { ...facts, subject }) }
}
