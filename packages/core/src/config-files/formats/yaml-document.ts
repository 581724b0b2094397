import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml'
import { maxDepth, syntaxFault, syntaxFaultAt } from './json-document.ts'

/** Messages of the parser's codes. They quote no text, which may be a secret. */
const problems: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'expected an alias without a tag or an anchor',
  BAD_ALIAS: 'expected the name of an anchor',
  BAD_DQ_ESCAPE: 'expected an escape that YAML has',
  BAD_INDENT: 'expected another indentation',
  BAD_SCALAR_START: 'expected text in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'expected one key per line',
  BLOCK_IN_FLOW: 'expected no block within brackets or braces',
  MISSING_CHAR: 'expected a bracket, a quote or a colon',
  MULTILINE_IMPLICIT_KEY: 'expected a key on one line',
  MULTIPLE_DOCS: 'expected one document',
  TAB_AS_INDENT: 'expected spaces as the indentation, got a tab',
  UNEXPECTED_TOKEN: 'expected no more text here',
}

/** Number of aliases: an alias repeats its anchor, so a few lines may stand for billions of values. */
const maxAliases = 100

/**
 * Parses one document of YAML.
 *
 * @throws INVALID_INPUT, with line, column and what was expected
 */
export function parseYamlDocument(text: string): unknown {
  checkNesting(text)
  // The parser compares each name with all others of its map.
  const document = parseDocument(text, { strict: true, logLevel: 'silent', version: '1.2', uniqueKeys: false })
  const [first] = document.errors
  if (first) throw faultOf(first)
  checkNodes(document, text)
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases, mapAsMap: false })
    return value
  } catch (cause) {
    if (cause instanceof ReferenceError) throw syntaxFaultAt(1, 1, 'expected aliases of smaller values')
    throw cause
  }
}

function checkNodes(document: Document.Parsed, text: string): void {
  const anchors = new Set<string>()
  let aliases = 0
  visit(document, (_, node, path) => {
    if (!isNode(node)) return
    const at = node.range?.[0] ?? 0
    if (isAlias(node)) {
      aliases += 1
      if (aliases > maxAliases) throw syntaxFault(text, at, `expected at most ${maxAliases} aliases`)
      if (!anchors.has(node.source)) throw syntaxFault(text, at, 'expected an alias of an earlier anchor')
      return
    }
    if (node.anchor !== undefined) anchors.add(node.anchor)
    if (isCollection(node) && path.length > maxDepth * 2) throw tooDeep(text, at)
    if (isMap(node)) checkNames(node, text)
  })
}

function checkNames({ items }: YAMLMap, text: string): void {
  const names = new Set<unknown>()
  for (const { key } of items) {
    if (!isScalar(key)) continue
    if (names.has(key.value)) throw syntaxFault(text, key.range?.[0] ?? 0, 'expected each name once')
    names.add(key.value)
  }
}

function faultOf({ code, linePos }: YAMLParseError): Error {
  const [at] = linePos ?? []
  return syntaxFaultAt(at?.line ?? 1, at?.col ?? 1, problems[code] ?? 'expected well-formed YAML')
}

function tooDeep(text: string, offset: number): Error {
  return syntaxFault(text, offset, `expected at most ${maxDepth} nested objects and lists`)
}

/** Bounds the nesting by brackets and dashes, as the parser is recursive and would overflow the stack. */
function checkNesting(text: string): void {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/[[{\]}]|(?:- ){100,}/g)) {
    if (token.length > 1) throw tooDeep(text, index)
    if (token === '[' || token === '{') depth += 1
    else depth = Math.max(0, depth - 1)
    // Brackets in quotes and comments count, too: no client's file has so many open ones.
    if (depth > maxDepth * 10) throw tooDeep(text, index)
  }
}
