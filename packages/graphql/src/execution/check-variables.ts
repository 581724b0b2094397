import { isJsonObject, kindOf } from '@toolyard/core/internal/json'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql'

interface Problem {
  readonly path: readonly string[]
  readonly message: string
}

/** Most errors that are reported: each item of a list may have one. */
const maxProblems = 50

/** Where a value stands in its variable. Most values are fine, and nothing is made of their paths. */
interface Place {
  readonly prev: Place | undefined
  readonly key: string
}

function pathOf(place: Place | undefined): readonly string[] {
  const keys: string[] = []
  for (let at = place; at; at = at.prev) keys.unshift(at.key)
  return keys
}

/** The problems of one variable, up to `maxProblems`. */
class Problems {
  readonly found: Problem[] = []

  get isFull(): boolean {
    return this.found.length >= maxProblems
  }

  add(place: Place | undefined, message: string): void {
    if (!this.isFull) this.found.push({ path: pathOf(place), message })
  }
}

/** Walks a value along its type. It goes no deeper than the input types do: JSON scalars are leaves. */
function check(problems: Problems, type: GraphQLInputType, value: unknown, place: Place | undefined): void {
  if (problems.isFull) return
  if (isNonNullType(type)) {
    if (value === null || value === undefined) problems.add(place, `expected ${type}, got ${kindOf(value)}`)
    else check(problems, type.ofType, value, place)
    return
  }
  if (value === null || value === undefined) return
  if (isListType(type)) checkList(problems, type.ofType, value, place)
  else if (isInputObjectType(type)) checkObject(problems, type, value, place)
  else checkLeaf(problems, type, value, place)
}

function checkList(problems: Problems, type: GraphQLInputType, value: unknown, place: Place | undefined): void {
  // A single value stands for a list of one (GraphQL specification, section 3.11).
  if (!Array.isArray(value)) check(problems, type, value, place)
  else for (const [index, item] of value.entries()) check(problems, type, item, { prev: place, key: String(index) })
}

function checkObject(problems: Problems, type: GraphQLInputObjectType, value: unknown, place: Place | undefined): void {
  if (!isJsonObject(value)) {
    problems.add(place, `expected ${type}, got ${kindOf(value)}`)
    return
  }
  const fields = type.getFields()
  for (const [name, field] of Object.entries(fields)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined && field.defaultValue !== undefined) continue
    check(problems, field.type, given, { prev: place, key: name })
  }
  const keys = Object.keys(value)
  for (const name of keys) {
    if (!Object.hasOwn(fields, name)) problems.add({ prev: place, key: name }, `${type} has no such field`)
  }
  if (type.isOneOf && (keys.length !== 1 || Object.values(value).includes(null))) {
    const members = Object.keys(fields).join(', ')
    problems.add(place, `expected exactly one of ${members}, and not null; got ${keys.length} of them`)
  }
}

function checkLeaf(problems: Problems, type: GraphQLLeafType, value: unknown, place: Place | undefined): void {
  let isValid = false
  try {
    isValid = type.parseValue(value) !== undefined
  } catch {
    // The scalar's own message quotes the value.
  }
  if (!isValid) problems.add(place, `expected ${type}, got ${kindOf(value)}`)
}

function operationOf(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined {
  for (const node of document.definitions) {
    if (node.kind === 'OperationDefinition' && (!name || node.name?.value === name)) return node
  }
  return undefined
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
  const errors: GraphQLError[] = []
  for (const definition of operation?.variableDefinitions ?? []) {
    const type = typeFromAST(schema, definition.type)
    if (!isInputType(type)) continue
    const name = definition.variable.name.value
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined && definition.defaultValue) continue
    const problems = new Problems()
    check(problems, type, value, undefined)
    for (const problem of problems.found) errors.push(errorOf(definition, problem))
  }
  return errors
}

function errorOf(definition: VariableDefinitionNode, { path, message }: Problem): GraphQLError {
  const name = definition.variable.name.value
  const at = path.length > 0 ? ` at "${path.join('.')}"` : ''
  return new GraphQLError(`Variable "$${name}"${at}: ${message}`, {
    nodes: definition,
    extensions: { code: 'INVALID_INPUT', path: [name, ...path], http: { spec: true, status: 400 } },
  })
}
