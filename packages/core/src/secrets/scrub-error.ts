import { isRegistryError, RegistryError } from '../errors.ts'
import { type Scrub, scrubNothing } from './scrub.ts'

const maxCauses = 8

/** What a logger shows of a cause, scrubbed; members of its own beside these are left out. */
function scrubCause(cause: unknown, scrub: Scrub, hops: number): unknown {
  if (typeof cause === 'string') return scrub(cause)
  if (!(cause instanceof Error)) return cause === undefined ? undefined : '[an error of another kind]'
  if (isRegistryError(cause)) return scrubError(cause, scrub, hops + 1)
  const copy = new Error(scrub(cause.message))
  copy.name = scrub(cause.name)
  copy.stack = scrub(cause.stack ?? '')
  const code =
    'code' in cause && (typeof cause.code === 'string' || typeof cause.code === 'number') ? cause.code : undefined
  if (code !== undefined) Object.assign(copy, { code })
  if (cause.cause !== undefined && hops < maxCauses) copy.cause = scrubCause(cause.cause, scrub, hops + 1)
  return copy
}

/** The same error without the secrets: its message, the lines of stderr, and its causes. */
export function scrubError(error: RegistryError, scrub: Scrub, hops = 0): RegistryError {
  if (scrub === scrubNothing) return error
  const { code, message, path, details, retryable, cause } = error
  const { stderrTail } = details
  return new RegistryError(code, scrub(message), {
    retryable,
    ...(path ? { path } : {}),
    details: { ...details, ...(stderrTail ? { stderrTail: stderrTail.map(scrub) } : {}) },
    ...(cause === undefined || hops >= maxCauses ? {} : { cause: scrubCause(cause, scrub, hops) }),
  })
}
