/** A variable of a client's file, to be filled in when the file is imported. */
export interface Variable {
  readonly name: string
  /** What it is where nobody gives it; null: it has to be given. */
  readonly fallback: string | null
  /** The text that may stay in its place where nobody gives it: a template of this registry. */
  readonly template?: string
}

/** A text cut at its variables. */
export type VariableText = readonly (string | Variable)[]

export function isVariable(part: string | Variable): part is Variable {
  return typeof part !== 'string'
}

/** The text with each match made into what `toPart` says; undefined stays text. */
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

/** For clients that fill in nothing. */
export const withoutVariables = (text: string): VariableText => [text]

// One that is longer, or has other characters, is no name but text that happens to have braces.
const inBraces = '\\$\\{([A-Za-z0-9_.:/~-]{1,200}?)(?::-([^{}]*))?\\}'

function toDollarVariable([, name, fallback]: RegExpExecArray): Variable | undefined {
  if (name === undefined) return undefined
  // What a client calls a variable of the environment, or an answer to its question, is a variable like any other here.
  const bare = name.replace(/^(?:env|input):/, '')
  return bare === '' ? undefined : { name: bare, fallback: fallback ?? null }
}

/**
 * `${NAME}` and `${NAME:-default}` (Claude), `${env:NAME}` (Cursor, Windsurf, VS Code), `${input:ID}` (VS Code), and what
 * else clients have in such braces (`${userHome}`, `${workspaceFolder}`, `${file:PATH}`): nobody here knows those, so they
 * have to be given like the others.
 */
export function dollarBraces(text: string): VariableText {
  return cut(text, new RegExp(inBraces, 'g'), toDollarVariable)
}

/** As above, and `$NAME` where no letter, digit or `$` stands before it (Gemini). */
export function dollarNames(text: string): VariableText {
  return cut(text, new RegExp(`${inBraces}|(?<![\\w$])\\$([A-Za-z_]\\w{0,199})`, 'g'), (match) => {
    const [, , , name] = match
    return name === undefined ? toDollarVariable(match) : { name, fallback: null }
  })
}

/** `{{ NAME }}` and `{{ NAME | default }}` (Letta), which are templates of this registry as well. */
export function doubleBraces(text: string): VariableText {
  return cut(text, /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:\|([^}]*))?\}\}/g, ([template, name, fallback]) =>
    name === undefined ? undefined : { name, fallback: fallback?.trim() ?? null, template },
  )
}

/** `${{ secrets.NAME }}` and `${{ inputs.NAME }}` (Continue). */
export function secretBraces(text: string): VariableText {
  return cut(text, /\$\{\{\s*(?:secrets|inputs)\.([A-Za-z0-9_./-]{1,200})\s*\}\}/g, ([, name]) =>
    name === undefined ? undefined : { name, fallback: null },
  )
}

/** `{NAME}`, of the names that are known (server.json); other braces stay. */
export function singleBraces(text: string, known: ReadonlyMap<string, string | null>): VariableText {
  return cut(text, /\{([^{}]{1,200})\}/g, ([, name]) => {
    const fallback = name === undefined ? undefined : known.get(name)
    return name === undefined || fallback === undefined ? undefined : { name, fallback }
  })
}

/** The text again, each variable as `write` has it. */
export function writeText(text: VariableText, write: (variable: Variable) => string): string {
  return text.map((part) => (isVariable(part) ? write(part) : part)).join('')
}
