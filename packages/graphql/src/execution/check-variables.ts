import { isJsonObject, kindOf } from '@toolyard/core/internal/json'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql'

interface Problem {
  readonly path: readonly string[]
  readonly message: string
}

/** Most errors that are reported: each item of a list may have one. */
const maxProblems = 50

/** Walks a value along its type. It goes no deeper than the input types do: JSON scalars are leaves. */
function* problems(type: GraphQLInputType, value: unknown, path: readonly string[]): Generator<Problem> {
  if (isNonNullType(type)) {
    if (value === null || value === undefined) yield { path, message: `expected ${type}, got ${kindOf(value)}` }
    else yield* problems(type.ofType, value, path)
    return
  }
  if (value === null || value === undefined) return
  if (isListType(type)) {
    // A single value stands for a list of one (GraphQL specification, section 3.11).
    if (!Array.isArray(value)) yield* problems(type.ofType, value, path)
    else for (const [index, item] of value.entries()) yield* problems(type.ofType, item, [...path, String(index)])
    return
  }
  if (isInputObjectType(type)) {
    if (!isJsonObject(value)) {
      yield { path, message: `expected ${type}, got ${kindOf(value)}` }
      return
    }
    const fields = type.getFields()
    for (const [name, field] of Object.entries(fields)) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined
      if (given === undefined && field.defaultValue !== undefined) continue
      yield* problems(field.type, given, [...path, name])
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) yield { path: [...path, name], message: `${type} has no such field` }
    }
    const keys = Object.keys(value)
    if (type.isOneOf && (keys.length !== 1 || Object.values(value).includes(null))) {
      const members = Object.keys(fields).join(', ')
      yield { path, message: `expected exactly one of ${members}, and not null; got ${keys.length} of them` }
    }
    return
  }
  try {
    if (type.parseValue(value) === undefined) yield { path, message: `expected ${type}, got ${kindOf(value)}` }
  } catch {
    // The scalar's own message quotes the value.
    yield { path, message: `expected ${type}, got ${kindOf(value)}` }
  }
}

function operationOf(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((node) => node.kind === 'OperationDefinition')
  return name ? operations.find((node) => node.name?.value === name) : operations[0]
}

/**
 * Checks variables before GraphQL coerces them, as its own messages quote the values. Returns an INVALID_INPUT error with
 * the path for each problem.
 */
export function checkVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  const operation = operationOf(document, operationName)
  return (operation?.variableDefinitions ?? []).flatMap((definition) => {
    const name = definition.variable.name.value
    const type = typeFromAST(schema, definition.type)
    if (!isInputType(type)) return []
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined && definition.defaultValue) return []
    return problems(type, value, [])
      .take(maxProblems)
      .toArray()
      .map(({ path, message }) => {
        const at = path.length > 0 ? ` at "${path.join('.')}"` : ''
        return new GraphQLError(`Variable "$${name}"${at}: ${message}`, {
          nodes: definition,
          extensions: { code: 'INVALID_INPUT', path: [name, ...path], http: { spec: true, status: 400 } },
        })
      })
  })
}
