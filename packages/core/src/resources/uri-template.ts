import { invalidInput } from '../base/errors.ts'

/** A variable of an expression (RFC 6570, section 2.4). */
export interface VariableSpec {
  readonly name: string
  /** The name without percent-encoding. */
  readonly decodedName: string
  /** The number of characters that are taken of its value. */
  readonly prefix: number | undefined
  readonly isExploded: boolean
}

export interface Expression {
  readonly operator: string
  readonly variables: readonly VariableSpec[]
}

/** A literal, or an expression. */
export type TemplatePart = string | Expression

/** Characters of a template in a message. */
const maxShown = 100

function broken(reason: string): Error {
  return invalidInput(['template'], `The server's text is no URI template (RFC 6570): ${reason}`)
}

/** The operators of RFC 6570, section 2.2; those that it keeps for later are refused. */
const operators = new Set(['+', '#', '.', '/', ';', '?', '&'])
const reserved = new Set(['=', ',', '!', '@', '|'])
/** More names than section 2.3 allows: servers also use "user-id", and letters beyond ASCII. */
const variable = /^((?:[\p{L}\p{N}\p{M}_.-]|%[0-9A-Fa-f]{2})+)(?::([1-9]\d{0,3})|(\*))?$/u

/** The name without percent-encoding; undefined unless it is still a name. */
function decoded(name: string): string | undefined {
  if (!name.includes('%')) return name
  try {
    const text = decodeURIComponent(name)
    return variable.exec(text)?.[1] === text && !text.includes('%') ? text : undefined
  } catch (error) {
    // The octets are no UTF-8.
    if (error instanceof URIError) return undefined
    throw error
  }
}

function toVariable(text: string): VariableSpec {
  const [, name, prefix, star] = variable.exec(text.trim()) ?? []
  const decodedName = name === undefined ? undefined : decoded(name)
  if (name === undefined || decodedName === undefined) {
    throw broken(`expected the name of a variable, got ${JSON.stringify(text.slice(0, maxShown))}`)
  }
  const isExploded = star !== undefined
  return { name, decodedName, prefix: prefix === undefined ? undefined : Number(prefix), isExploded }
}

function toExpression(text: string): Expression {
  const first = text.charAt(0)
  if (reserved.has(first)) throw broken(`the operator "${first}" has no meaning yet`)
  const operator = operators.has(first) ? first : ''
  return { operator, variables: text.slice(operator.length).split(',').map(toVariable) }
}

/**
 * The parts of a URI template, in order.
 *
 * @throws INVALID_INPUT for a text that is no template
 */
export function parseUriTemplate(template: string): readonly TemplatePart[] {
  if (!template.isWellFormed()) throw broken('it has a lone surrogate')
  // A capturing group: literals have even places.
  return template.split(/\{([^{}]*)\}/).flatMap((text, index): readonly TemplatePart[] => {
    if (index % 2 === 1) return [toExpression(text)]
    if (/[{}]/.test(text)) throw broken(`a brace has no partner near ${JSON.stringify(text.slice(0, maxShown))}`)
    return text === '' ? [] : [text]
  })
}
