import { parse, TomlError } from 'smol-toml'
import { maxDepth, syntaxFaultAt } from './json-document.ts'

/** The parser's own reasons, which quote nothing; others may, as does the code that it shows. */
const reason =
  /^(?:control characters|document contains|each key-value|expected|illegal|incomplete|integer value|invalid|trying to redefine|unexpected end|unfinished|unrecognised)[a-z ,:.-]*$/

/**
 * Parses TOML.
 *
 * @throws INVALID_INPUT, with line, column and what was expected
 */
export function parseTomlDocument(text: string): unknown {
  try {
    return parse(text, { maxDepth })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const said = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1)[0] ?? ''
    const detail = reason.test(said) ? `: ${said}` : ''
    // Without the cause: it quotes the lines around the fault.
    throw syntaxFaultAt(error.line, error.column, `expected well-formed TOML${detail}`)
  }
}
