import { RegistryError } from '../../base/errors.ts'

/** The error with its path in the file, from its path in a server's input: `config.serverUrl` may be `url` of the entry. */
export function toDocumentPath(
  error: RegistryError,
  entry: readonly string[],
  names: Readonly<Record<string, string>>,
): RegistryError {
  const { code, message, details, retryable, cause } = error
  const inner = (error.path ?? []).filter((member, index) => !(index < 2 && member === 'config'))
  const path = [...entry, ...memberPath(inner, names)]
  return new RegistryError(code, message, { path, details, retryable, cause })
}

function oauthPath([member, ...rest]: readonly string[], names: Readonly<Record<string, string>>): readonly string[] {
  const block = names.oauth ?? 'oauth'
  if (member === undefined) return [block]
  const name = names[`oauth.${member}`]
  // Codex has the scopes beside the block.
  return name === member && member === 'scopes' ? [name, ...rest] : [block, name ?? member, ...rest]
}

function memberPath([member, ...rest]: readonly string[], names: Readonly<Record<string, string>>): readonly string[] {
  const nameOf = (ours: string) => (Object.hasOwn(names, ours) ? (names[ours] ?? ours) : ours)
  const [first] = rest
  if (member === undefined || member === 'name') return []
  if (member === 'timeouts') return first === undefined ? [] : [nameOf(first)]
  if (member === 'auth' && first === 'oauth') return oauthPath(rest.slice(1), names)
  if (member === 'auth') return Object.hasOwn(names, 'auth') ? [nameOf('auth')] : [nameOf('headers'), 'Authorization']
  // Files call them headers, unless their format has a name of its own.
  const ours = member === 'customHeaders' ? 'headers' : member
  return [nameOf(ours), ...(first === undefined ? [] : [first])]
}
