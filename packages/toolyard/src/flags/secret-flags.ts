import { UsageError } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { readInput } from '../files/read-input.ts'
import { FileReadError } from '../files/read-regular-file.ts'

export type SecretValue = { literal: string } | { env: string } | { provider: string }

export interface SecretInput {
  name: string
  value: SecretValue
}

/** A name with the text that was given for its value. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** The forms of a value, as the help lists them. */
export const secretForms =
  'VALUE may be @file:PATH or - (standard input), read now, or @env:NAME or @provider:REFERENCE, read at each connection'

/** Maximum size of a secret, in bytes; the registry limits its characters. */
const maxSecretBytes = 128 * 1024

/** Parses a repeatable flag. Throws an error of its own, as commander would quote the text, which may be a secret. */
export function namedText(flag: string, separator: string, form: string) {
  return (text: string, earlier: readonly NamedText[] = []): readonly NamedText[] => {
    const at = text.indexOf(separator)
    if (at < 1) throw new UsageError(`${flag}: expected ${form}`)
    const value = text.slice(at + separator.length)
    return [...earlier, { name: text.slice(0, at), text: separator === ':' ? value.trim() : value }]
  }
}

/** Reads the values of flags that may be secrets. */
export interface SecretReader {
  /** Rejects with UsageError, which quotes no value, and with the reason of the signal. */
  value(flag: string, text: string): Promise<SecretValue>
  named(flag: string, given: readonly NamedText[]): Promise<SecretInput[]>
}

/** Creates a reader that warns once for each flag whose value stands in the command itself. */
export function createSecretReader({
  process: { stdin },
  output,
  signal,
}: Pick<CommandContext, 'process' | 'output' | 'signal'>): SecretReader {
  const warned = new Set<string>()
  let isStdinRead = false

  function warn(flag: string): void {
    if (warned.has(flag)) return
    warned.add(flag)
    output.note(
      `${flag}: flags are visible to other users of this machine; better give @env:NAME, @file:PATH or - (standard input)`,
    )
  }

  async function readText(flag: string, path: string): Promise<string> {
    if (path === '-' && isStdinRead) throw new UsageError(`${flag}: standard input is read once, and - is given twice`)
    if (path === '-') isStdinRead = true
    const text = await readInput(path, { stdin, signal }, maxSecretBytes).catch((error: unknown) => {
      if (!(error instanceof FileReadError)) throw error
      throw new UsageError(`${flag}: ${path === '-' ? 'standard input' : path} ${error.message}`, { cause: error })
    })
    // The file or `echo` has added the line end.
    return text.replace(/\r?\n$/, '')
  }

  async function value(flag: string, text: string): Promise<SecretValue> {
    if (text === '-') return { literal: await readText(flag, '-') }
    const [, source, reference = ''] = /^@(env|provider|file):(.+)$/s.exec(text) ?? []
    if (source === 'file') return { literal: await readText(flag, reference) }
    if (source === 'env') return { env: reference }
    if (source === 'provider') return { provider: reference }
    warn(flag)
    return { literal: text }
  }

  return {
    value,
    async named(flag, given) {
      const inputs: SecretInput[] = []
      // One after the other: standard input is for one of them.
      for (const { name, text } of given) inputs.push({ name, value: await value(flag, text) })
      return inputs
    },
  }
}
