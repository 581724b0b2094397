// Extracts the operations of toolyard's own clients from their sources: the template literals passed to graphql().
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type ASTNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  validate,
  visit,
} from 'graphql'

export interface Source {
  readonly path: string
  readonly text: string
}

/** Reads the sources in a folder, without tests, in the order of their paths. */
export function sourcesIn(folder: URL): readonly Source[] {
  const cwd = fileURLToPath(folder)
  return globSync('**/*.{ts,tsx}', { cwd })
    .filter((path) => !/\.test\.tsx?$/.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }))
}

/** Finds the documents in a source. Throws for one that is not a plain template literal. */
function documentsIn({ path, text }: Source): readonly string[] {
  return [...text.matchAll(/\bgraphql\(\s*/g)].map(({ index, 0: call }) => {
    const from = index + call.length
    const line = text.slice(0, from).split('\n').length
    const [literal, document = ''] = /^`([^`]*)`/.exec(text.slice(from)) ?? []
    if (literal === undefined) throw new Error(`${path}:${line}: expected a template literal behind graphql(`)
    if (/\$\{|\\/.test(document)) {
      throw new Error(`${path}:${line}: expected a document without expressions and escapes, which cannot be read here`)
    }
    return document
  })
}

interface Definitions {
  readonly operations: readonly OperationDefinitionNode[]
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

/** Parses all documents. Throws if two fragments of the client have one name, or a document has several operations. */
function definitionsOf(sources: readonly Source[]): Definitions {
  const operations: OperationDefinitionNode[] = []
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const source of sources) {
    for (const text of documentsIn(source)) {
      const { definitions } = parse(text)
      const own = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      if (own.length > 1) throw new Error(`${source.path}: expected one operation in a document, got ${own.length}`)
      operations.push(...own)
      for (const definition of definitions) {
        if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue
        const name = definition.name.value
        if (fragments.has(name))
          throw new Error(`${source.path}: expected one fragment ${name} in this client, got two`)
        fragments.set(name, definition)
      }
    }
  }
  return { operations, fragments }
}

/** Prints the operation with the fragments that it spreads, and those that they spread. */
function documentOf(operation: OperationDefinitionNode, fragments: Definitions['fragments']): string {
  const needed = new Map<string, FragmentDefinitionNode>()
  const addFragmentsOf = (node: ASTNode) =>
    visit(node, {
      FragmentSpread({ name: { value: name } }) {
        if (needed.has(name)) return
        const fragment = fragments.get(name)
        if (!fragment) throw new Error(`${operation.name?.value}: expected a fragment ${name} in this client, got none`)
        needed.set(name, fragment)
        addFragmentsOf(fragment)
      },
    })
  addFragmentsOf(operation)
  const sorted = [...needed].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, fragment]) => fragment)
  return [operation, ...sorted].map(print).join('\n\n')
}

/**
 * The documents of all clients by the hash of their text, in the order of the texts. Throws if one does not fit the
 * schema.
 */
export function manifestOf(
  schema: GraphQLSchema,
  clients: readonly (readonly Source[])[],
): Readonly<Record<string, string>> {
  const texts = clients.flatMap((sources) => {
    const { operations, fragments } = definitionsOf(sources)
    return operations.map((operation) => documentOf(operation, fragments))
  })
  for (const text of texts) {
    const [error] = validate(schema, parse(text))
    if (error) throw new Error(`${error.message}, in ${text}`)
  }
  const idOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
  return Object.fromEntries(texts.toSorted().map((text) => [idOf(text), text]))
}
