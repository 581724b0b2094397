import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { RegistryError } from '../../base/errors.ts'

/** Deepest nesting of a document: far more than any client's file has. */
export const maxDepth = 100

/** The error of a fault at an offset. It quotes no text, which may be a secret. */
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
  InvalidSymbol: 'expected a value, got a bare word; put strings in double quotes',
  InvalidNumberFormat: 'expected a well-formed number',
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

/** Bounds the depth, as the parser is recursive and would overflow the stack. */
function checkDepth(text: string): void {
  const scanner = createScanner(text, true)
  let depth = 0
  while (scanner.getPosition() < text.length) {
    scanner.scan()
    const token = scanner.getTokenLength() === 1 ? text[scanner.getTokenOffset()] : undefined
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth > maxDepth) {
      throw syntaxFault(text, scanner.getTokenOffset(), `expected at most ${maxDepth} nested objects and lists`)
    }
  }
}

/** All members, in order, of objects that have one twice. The object itself has the last one. */
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

/**
 * Parses JSON, which may have comments and trailing commas.
 *
 * @throws INVALID_INPUT, with line, column and what was expected
 */
export function parseJsonDocument(text: string): unknown {
  checkDepth(text)
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false, allowEmptyContent: false })
  const [first] = errors
  if (first) throw syntaxFault(text, first.offset, problems[printParseErrorCode(first.error)] ?? 'expected JSON')
  if (!root) throw syntaxFault(text, 0, 'expected JSON, got nothing')
  return toValue(root)
}
