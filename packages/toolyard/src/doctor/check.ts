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

/** One thing that was looked at. */
export interface Check {
  readonly area: CheckArea
  /** What it is about: a setting, a file, a server. */
  readonly subject: string
  readonly status: CheckStatus
  /** Null where all is well. */
  readonly code: FindingCode | null
  readonly message: string
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null
}

export function fine(area: CheckArea, subject: string, message: string): Check {
  return { area, subject, status: 'OK', code: null, message, advice: null }
}

/** Something to do: how bad it is and what to do about it is decided by its code. */
export function finding<Code extends FindingCode>(
  code: Code,
  area: CheckArea,
  subject: string,
  message: string,
  // Left out where the advice asks for none.
  ...[facts]: Record<never, never> extends FactsOf<Code> ? [] : [FactsOf<Code>]
): Check {
  const { status } = findingKinds[code]
  return { area, subject, status, code, message, advice: adviceFor(code, { ...facts, subject }) }
}
