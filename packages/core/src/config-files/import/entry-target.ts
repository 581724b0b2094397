import type { FoundConfig } from '../formats/client-format.ts'
import { isVariable, type Variable, type VariableText, writeText } from '../formats/variable-text.ts'

/** Characters of a target in the report. */
const maxTarget = 1_000

const named = ({ name }: Variable) => `\${${name}}`
const written = (text: VariableText) => writeText(text, named)
/** A word as a shell would take it, so that it is clear where it ends. */
const quoted = (word: string) => (/^[\w@%+=:,./${}-]+$/.test(word) ? word : JSON.stringify(word))

/** All that may be a user name and password, also where their marks keep the text from being a URL. */
const credentials = /^([a-z][\w+.-]*:\/\/)?.*@/is

const scheme = /^[a-z][\w+.-]*:\/\//i
/** A colon before an `@`: perhaps a password, where the text is another URL than was meant. */
const password = /:.*@/s

/**
 * The URL without user name and password, for which it is rejected. Nothing is left of a text without a scheme: a token may
 * stand in the place of the URL.
 */
function withoutCredentials(url: string): string {
  const parsed = URL.parse(url)
  const isPlain =
    parsed !== null && parsed.host !== '' && parsed.username === '' && !password.test(url.replace(scheme, ''))
  if (isPlain) return url
  const rest = url.replace(credentials, '$1…@')
  return rest !== url || scheme.test(url) ? rest : '…'
}

/** The URL of an entry. What begins with a variable may have its scheme there. */
function urlOf(serverUrl: VariableText): string {
  const url = written(serverUrl)
  const [first] = serverUrl
  return first !== undefined && isVariable(first) && !url.includes('@') ? url : withoutCredentials(url)
}

/** The command line or the URL of an entry. Variables stay names: their values may be secrets. */
export function targetOf(config: FoundConfig): string {
  const target =
    config.transport === 'stdio'
      ? [config.command, ...config.args.map(({ value }) => value)].map((text) => quoted(written(text))).join(' ')
      : urlOf(config.serverUrl)
  return target.slice(0, maxTarget)
}
