import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { RegistryError } from '../../base/errors.ts'

/** Far more than any client's file has. */
export const maxDepth = 100

/** A fault in a text at an offset of it. Neither the text nor what is around the fault is told: it may be a secret. */
export function syntaxFault(text: string, offset: number, problem: string): RegistryError {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/)
  return syntaxFaultAt(before.length, (before.at(-1)?.length ?? 0) + 1, problem)
}

export function syntaxFaultAt(line: number, column: number, problem: string): RegistryError {
  return new RegistryError('INVALID_INPUT', `line ${line}, column ${column}: ${problem}`, {
    path: ['source', 'text'],
    details: { line, column },
  })
}

const problems: Readonly<Record<string, string>> = {
  InvalidSymbol: 'expected a value, got a word that is none; strings stand in double quotes',
  InvalidNumberFormat: 'expected a number, got one that is not well formed',
  PropertyNameExpected: 'expected the name of a member in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon',
  CommaExpected: 'expected a comma',
  CloseBraceExpected: 'expected a comma or }',
  CloseBracketExpected: 'expected a comma or ]',
  EndOfFileExpected: 'expected the end of the file',
  InvalidCommentToken: 'expected no comment',
  UnexpectedEndOfComment: 'expected the end of the comment',
  UnexpectedEndOfString: 'expected the end of the string',
  UnexpectedEndOfNumber: 'expected more digits',
  InvalidUnicode: 'expected four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'expected an escape that JSON has',
  InvalidCharacter: 'expected no control character in a string',
}

/** The parser goes as deep as the text does, and would overflow the stack. */
function checkDepth(text: string): void {
  const scanner = createScanner(text, true)
  let depth = 0
  while (scanner.getPosition() < text.length) {
    scanner.scan()
    const token = scanner.getTokenLength() === 1 ? text[scanner.getTokenOffset()] : undefined
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth > maxDepth) {
      throw syntaxFault(text, scanner.getTokenOffset(), `expected at most ${maxDepth} objects and lists in one another`)
    }
  }
}

/** Of objects that have a member twice: all of them in their order. The object itself has the last one. */
const repeated = new WeakMap<object, readonly (readonly [string, unknown])[]>()

export function repeatedMembers(value: object): readonly (readonly [string, unknown])[] | undefined {
  return repeated.get(value)
}

function toValue(node: Node): unknown {
  const { type, value, children = [] } = node
  if (type === 'array') return children.map(toValue)
  if (type !== 'object') return value
  const entries = children.flatMap(({ children: [key, member] = [] }) =>
    key && member ? [[String(key.value), toValue(member)] as const] : [],
  )
  // fromEntries defines own members, also for a name like __proto__.
  const object: object = Object.fromEntries(entries)
  if (Object.keys(object).length < entries.length) repeated.set(object, entries)
  return object
}

/** The value of a JSON text, which may have comments and trailing commas. INVALID_INPUT with line, column and what was expected. */
export function parseJsonDocument(text: string): unknown {
  checkDepth(text)
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false, allowEmptyContent: false })
  const [first] = errors
  if (first) throw syntaxFault(text, first.offset, problems[printParseErrorCode(first.error)] ?? 'expected JSON')
  if (!root) throw syntaxFault(text, 0, 'expected JSON, got nothing')
  return toValue(root)
}
