import { isRegistryError } from '../base/errors.ts'

/**
 * An error as a cause that may be logged: its kind and its stack. The messages of the SDK, of JSON.parse and of undici's
 * parser quote what the other side answered, and that may hold tokens. Errors of the system and of TLS stay as they are.
 */
export function withoutForeignText(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined
  if (isRegistryError(error) || isOfSystem(error)) return error
  const copy = new Error(`${error.name}; its message is left out, as it may quote what was answered`)
  copy.stack = `${copy.name}: ${copy.message}${framesOf(error)}`
  return copy
}

/** Errors with a code come from Node.js, OpenSSL and undici, whose parser alone keeps what it read. */
function isOfSystem(error: Error): boolean {
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) && !('data' in error)
}

/** The stack behind the message, which may have lines of its own. */
function framesOf({ stack = '', message }: Error): string {
  const at = stack.indexOf(message)
  return at === -1 ? '' : stack.slice(at + message.length)
}
