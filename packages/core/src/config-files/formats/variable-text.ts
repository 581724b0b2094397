/** A variable of a client's file, to be filled in when the file is imported. */
export interface Variable {
  readonly name: string
  /** The value if the caller gives none; null if one is required. */
  readonly fallback: string | null
  /** A template of this registry that may stay in its place if the caller gives no value. */
  readonly template?: string
}

/** A text, split at its variables. */
export type VariableText = readonly (string | Variable)[]

export function isVariable(part: string | Variable): part is Variable {
  return typeof part !== 'string'
}

/** Splits a text at the matches; those for which `toPart` answers undefined stay text. */
function cut(
  text: string,
  pattern: RegExp,
  toPart: (match: RegExpExecArray) => string | Variable | undefined,
): VariableText {
  const parts: (string | Variable)[] = []
  let from = 0
  for (const match of text.matchAll(pattern)) {
    const part = toPart(match)
    if (part === undefined) continue
    if (match.index > from) parts.push(text.slice(from, match.index))
    parts.push(part)
    from = match.index + match[0].length
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from))
  return parts
}

/** The whole text, for clients that fill in nothing. */
export const withoutVariables = (text: string): VariableText => [text]

// Longer text in braces, or with other characters, is no name.
const inBraces = '\\$\\{([A-Za-z0-9_.:/~-]{1,200}?)(?::-([^{}]*))?\\}'

function toDollarVariable([, name, fallback]: RegExpExecArray): Variable | undefined {
  if (name === undefined) return undefined
  // A client's environment variables and answers to its questions are ordinary variables here.
  const bare = name.replace(/^(?:env|input):/, '')
  return bare === '' ? undefined : { name: bare, fallback: fallback ?? null }
}

/**
 * Splits at `${NAME}` and `${NAME:-default}` (Claude), `${env:NAME}` (Cursor, Windsurf, VS Code) and `${input:ID}` (VS Code).
 * Clients' own variables (`${userHome}`, `${workspaceFolder}`, `${file:PATH}`) are unknown here, and must be given.
 */
export function dollarBraces(text: string): VariableText {
  return cut(text, new RegExp(inBraces, 'g'), toDollarVariable)
}

/** As above, and at `$NAME` without a letter, digit or `$` before it (Gemini). */
export function dollarNames(text: string): VariableText {
  return cut(text, new RegExp(`${inBraces}|(?<![\\w$])\\$([A-Za-z_]\\w{0,199})`, 'g'), (match) => {
    const [, , , name] = match
    return name === undefined ? toDollarVariable(match) : { name, fallback: null }
  })
}

/** Splits at `{{ NAME }}` and `{{ NAME | default }}` (Letta), which are templates of this registry, too. */
export function doubleBraces(text: string): VariableText {
  return cut(text, /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:\|([^}]*))?\}\}/g, ([template, name, fallback]) =>
    name === undefined ? undefined : { name, fallback: fallback?.trim() ?? null, template },
  )
}

/** Splits at `${{ secrets.NAME }}` and `${{ inputs.NAME }}` (Continue). */
export function secretBraces(text: string): VariableText {
  return cut(text, /\$\{\{\s*(?:secrets|inputs)\.([A-Za-z0-9_./-]{1,200})\s*\}\}/g, ([, name]) =>
    name === undefined ? undefined : { name, fallback: null },
  )
}

/** Splits at `{NAME}` for known names (server.json); other braces stay. */
export function singleBraces(text: string, known: ReadonlyMap<string, string | null>): VariableText {
  return cut(text, /\{([^{}]{1,200})\}/g, ([, name]) => {
    const fallback = name === undefined ? undefined : known.get(name)
    return name === undefined || fallback === undefined ? undefined : { name, fallback }
  })
}

/** Joins the text, with each variable as `write` answers it. */
export function writeText(text: VariableText, write: (variable: Variable) => string): string {
  return text.map((part) => (isVariable(part) ? write(part) : part)).join('')
}
