import { parse, TomlError } from 'smol-toml'
import { maxDepth, syntaxFaultAt } from './json-document.ts'

/** How the parser's own reasons begin; they quote nothing. Others, and the code that it shows, may. */
const reason =
  /^(?:control characters|document contains|each key-value|expected|illegal|incomplete|integer value|invalid|trying to redefine|unexpected end|unfinished|unrecognised)[a-z ,:.-]*$/

/** The value of a TOML text. INVALID_INPUT with line, column and what was expected. */
export function parseTomlDocument(text: string): unknown {
  try {
    return parse(text, { maxDepth })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const said = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1)[0] ?? ''
    const told = reason.test(said) ? `: ${said}` : ''
    // Without the cause: it quotes the lines around the fault.
    throw syntaxFaultAt(error.line, error.column, `expected TOML that is well formed${told}`)
  }
}
