import { headOf } from '../base/cut-text.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { Scrub } from './scrub.ts'

const maxCauses = 8

/** Scrubs the texts of one error, which together take at most `textBytes`, and one line more. */
interface ErrorScrub {
  readonly textBytes: number
  text(text: string): string
  /** The last lines, as many as there is room for. */
  lastLines(lines: readonly string[]): readonly string[]
}

function errorScrub(scrub: Scrub): ErrorScrub {
  let left = scrub.textBytes
  const take = (text: string) => {
    const scrubbed = scrub(text)
    left -= Math.min(left, Buffer.byteLength(scrubbed))
    return scrubbed
  }
  return {
    textBytes: scrub.textBytes,
    text: (text) => (left > 0 ? take(text) : ''),
    lastLines(lines) {
      const taken: string[] = []
      for (let at = lines.length - 1; at >= 0 && left > 0; at -= 1) taken.push(take(lines[at] ?? ''))
      return taken.reverse()
    },
  }
}

/** The members of a cause that loggers show, scrubbed; other members are omitted. */
function scrubCause(cause: unknown, scrub: ErrorScrub, hops: number): unknown {
  if (typeof cause === 'string') return scrub.text(cause)
  if (!(cause instanceof Error)) return cause === undefined ? undefined : '[an error of another kind]'
  if (isRegistryError(cause)) return copyOf(cause, scrub, hops + 1)
  const copy = new Error(scrub.text(cause.message))
  copy.name = scrub.text(cause.name)
  // The stack repeats a long message.
  copy.stack = cause.message.length > scrub.textBytes ? copy.message : scrub.text(cause.stack ?? '')
  const code =
    'code' in cause && (typeof cause.code === 'string' || typeof cause.code === 'number') ? cause.code : undefined
  if (code !== undefined) Object.assign(copy, { code: typeof code === 'string' ? headOf(code, 100) : code })
  if (cause.cause !== undefined && hops < maxCauses) copy.cause = scrubCause(cause.cause, scrub, hops + 1)
  return copy
}

function copyOf(error: RegistryError, scrub: ErrorScrub, hops: number): RegistryError {
  const { code, message, path, details, retryable, cause } = error
  const { stderrTail, scopes } = details
  return new RegistryError(code, scrub.text(message), {
    retryable,
    ...(path ? { path } : {}),
    details: {
      ...details,
      ...(scopes ? { scopes: scopes.map((scope) => scrub.text(scope)) } : {}),
      ...(stderrTail ? { stderrTail: scrub.lastLines(stderrTail) } : {}),
    },
    ...(cause === undefined || hops >= maxCauses ? {} : { cause: scrubCause(cause, scrub, hops) }),
  })
}

/** Whether the texts of an error and its causes take no more than one text may. */
function isShort(error: Error, textBytes: number): boolean {
  let characters = 0
  for (let at: unknown = error, hops = 0; at instanceof Error && hops <= maxCauses; at = at.cause, hops += 1) {
    const { stderrTail = [], scopes = [] } = isRegistryError(at) ? at.details : {}
    const lines = [...stderrTail, ...scopes]
    characters += lines.reduce((sum, { length }) => sum + length, at.message.length)
  }
  // A UTF-16 unit takes at most 3 bytes.
  return characters * 3 <= textBytes
}

/**
 * The same error without secrets in its message, its lines of stderr and its causes. Its texts are cut to about `textBytes`
 * in all, and the oldest lines of stderr go first.
 */
export function scrubError(error: RegistryError, scrub: Scrub): RegistryError {
  if (!scrub.hasSecrets && isShort(error, scrub.textBytes)) return error
  return copyOf(error, errorScrub(scrub), 0)
}
