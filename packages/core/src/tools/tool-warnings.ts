import { hiddenTextIn, mayHide } from '../base/hidden-text.ts'
import { isJsonObject, type JsonValue, pointerToken } from '../base/json.ts'
import type { ToolDefinition, ToolWarning } from '../model/tool.ts'

/** Number of warnings of a definition: enough for a user to review it. */
const maxWarnings = 20
/** Number of code points that a warning names. */
const maxNamed = 5
/** Characters of hidden text that a warning quotes. */
const maxRead = 100

/** Escapes that JSON.stringify writes for control characters and lone surrogates, and for little else. */
const escapes = /\\[bfu]/

function codesOf(characters: readonly string[]): string {
  const codes = [...new Set(characters)].map((character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
    return `U+${hex.padStart(4, '0')}`
  })
  return [...codes.slice(0, maxNamed), ...(codes.length > maxNamed ? ['…'] : [])].join(', ')
}

/** The text of tag characters, which stand for ASCII and which models read so. */
function readAsTags(characters: readonly string[]): string {
  const read = characters.map((character) => {
    const code = (character.codePointAt(0) ?? 0) - 0xe0000
    return code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : ''
  })
  return read.join('').slice(0, maxRead)
}

function describeHidden(characters: readonly string[]): string {
  const read = readAsTags(characters)
  const tags = read === '' ? '' : `; as tags they read ${JSON.stringify(read)}`
  return `characters that are not shown: ${codesOf(characters)}${tags}`
}

/**
 * Finds what a user should review before a model sees the definition, by JSON Pointers into it: the first 20 warnings. `text`
 * is the definition as JSON.stringify writes it, which for most definitions shows that there are none.
 */
export function toolWarnings(definition: ToolDefinition, text: string): readonly ToolWarning[] {
  if (!mayHide(text) && !escapes.test(text)) return []
  const warnings: ToolWarning[] = []

  function look(text: string, pointer: string, place: string): void {
    const found = hiddenTextIn(text)
    if (!found) return
    const { hidden, control } = found
    if (hidden.length > 0) {
      warnings.push({ code: 'HIDDEN_TEXT', pointer, message: `${place}${describeHidden(hidden)}` })
    }
    if (control.length > 0) {
      const message = `${place}control characters: ${codesOf(control)}`
      warnings.push({ code: 'CONTROL_CHARACTERS', pointer, message })
    }
  }

  function walk(value: JsonValue, pointer: string): void {
    if (warnings.length >= maxWarnings) return
    if (typeof value === 'string') look(value, pointer, '')
    else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, `${pointer}/${index}`)
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        const below = `${pointer}/${pointerToken(key)}`
        look(key, below, 'the name of the member has ')
        walk(item, below)
      }
    }
  }

  // A definition consists of JSON.
  walk(definition as unknown as JsonValue, '')
  return warnings.slice(0, maxWarnings)
}
