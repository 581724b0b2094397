import {
  defaultFieldResolver,
  defaultTypeResolver,
  type ExecutionResult,
  GraphQLError,
  type GraphQLObjectType,
  getArgumentValues,
  isObjectType,
  locatedError,
} from 'graphql'
import type { Context } from '../context/context.ts'
import { type Execution, FieldInfo, type Path, pathOf } from './field-info.ts'
import type { OperationPlan, PlannedField, Shape } from './operation-plan.ts'

type Data = Record<string, unknown>
type ShapeOf<Kind extends Shape['kind']> = Extract<Shape, { kind: Kind }>

function keysOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = []
  for (let at: Path | undefined = path; at; at = at.prev) keys.unshift(at.key)
  return keys
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Records what a field failed with, and answers null for it; rethrows it if the field must not be null. */
function recover({ errors }: Execution, field: PlannedField, isNonNull: boolean, path: Path, thrown: unknown): null {
  const error = locatedError(thrown instanceof Error ? thrown : new Error(String(thrown)), field.nodes, keysOf(path))
  if (isNonNull) throw error
  errors.push(error)
  return null
}

/** As above; a resolver may fail with several errors at once. */
function recoverAll(execution: Execution, field: PlannedField, prev: Path | undefined, thrown: unknown): null {
  const path = pathOf(field, prev, field.responseName)
  for (const each of thrown instanceof AggregateError ? thrown.errors : [thrown])
    recover(execution, field, field.shape.isNonNull, path, each)
  return null
}

function completeLeaf({ type, isText }: ShapeOf<'LEAF'>, value: unknown): unknown {
  if (isText && typeof value === 'string') return value
  let serialized: unknown
  try {
    serialized = type.serialize(value)
  } catch (error) {
    // A value that does not fit the schema is our mistake: as a plain error, it is masked.
    throw error instanceof GraphQLError ? new Error(error.message) : error
  }
  if (serialized === undefined || serialized === null) throw new Error(`${type.name} cannot represent the value`)
  return serialized
}

function completeItem(
  execution: Execution,
  field: PlannedField,
  shape: Shape,
  prev: Path,
  index: number,
  item: unknown,
): unknown {
  const { isNonNull } = shape
  try {
    const completed = isPromise(item)
      ? item.then((value) => completeValue(execution, field, shape, prev, index, value))
      : completeValue(execution, field, shape, prev, index, item)
    if (!isPromise(completed)) return completed
    return completed.then(undefined, (error: unknown) =>
      recover(execution, field, isNonNull, pathOf(field, prev, index), error),
    )
  } catch (error) {
    return recover(execution, field, isNonNull, pathOf(field, prev, index), error)
  }
}

function completeList(
  execution: Execution,
  field: PlannedField,
  { item: shape }: ShapeOf<'LIST'>,
  path: Path,
  value: unknown,
): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    const name = `${field.parentType.name}.${field.definition.name}`
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${name}".`)
  }
  const items: unknown[] = []
  let isPending = false
  try {
    // Whatever iterates is a list.
    for (const item of value as Iterable<unknown>) {
      const completed = completeItem(execution, field, shape, path, items.length, item)
      isPending ||= isPromise(completed)
      items.push(completed)
    }
  } catch (error) {
    // The items before may fail too, and must not do so unhandled.
    if (isPending) Promise.all(items).catch(() => undefined)
    throw error
  }
  return isPending ? Promise.all(items) : items
}

/** Finds the object type of a value (GraphQL specification, section 6.4.3). */
function objectTypeOf({ plan }: Execution, { type }: ShapeOf<'ABSTRACT'>, name: unknown): GraphQLObjectType {
  const found = typeof name === 'string' ? plan.schema.getType(name) : undefined
  if (isObjectType(found) && plan.schema.isSubType(type, found)) return found
  throw new Error(`Abstract type "${type.name}" was resolved to "${String(name)}", which is no object type of it`)
}

function completeAbstract(
  execution: Execution,
  field: PlannedField,
  shape: ShapeOf<'ABSTRACT'>,
  path: Path,
  value: unknown,
): unknown {
  let owner: Path | undefined = path
  while (typeof owner?.key === 'number') owner = owner.prev
  const info = new FieldInfo(execution, field, owner?.prev)
  const resolveType = shape.type.resolveType ?? defaultTypeResolver
  const complete = (name: unknown) =>
    completeObject(execution, field, objectTypeOf(execution, shape, name), shape, path, value)
  const name = resolveType(value, execution.context, info, shape.type)
  return isPromise(name) ? name.then(complete) : complete(name)
}

function completeObject(
  execution: Execution,
  field: PlannedField,
  type: GraphQLObjectType,
  { selection }: ShapeOf<'OBJECT' | 'ABSTRACT'>,
  path: Path,
  value: unknown,
): unknown {
  if (!type.isTypeOf) return executeFields(execution, selection.on(type), value, path)
  const check = (is: boolean) => {
    if (!is) throw new Error(`Expected a value of type "${type.name}" for ${field.definition.name}`)
    return executeFields(execution, selection.on(type), value, path)
  }
  const is = type.isTypeOf(value, execution.context, new FieldInfo(execution, field, path.prev))
  return isPromise(is) ? is.then(check) : check(is)
}

/** Completes a value below `prev`. Its own path is made if it is needed: most values are scalars. */
function completeValue(
  execution: Execution,
  field: PlannedField,
  shape: Shape,
  prev: Path | undefined,
  key: string | number,
  value: unknown,
): unknown {
  if (value instanceof Error) throw value
  if (value === undefined || value === null) {
    if (!shape.isNonNull) return null
    throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.definition.name}.`)
  }
  switch (shape.kind) {
    case 'LEAF':
      return completeLeaf(shape, value)
    case 'LIST':
      return completeList(execution, field, shape, pathOf(field, prev, key), value)
    case 'OBJECT':
      return completeObject(execution, field, shape.type, shape, pathOf(field, prev, key), value)
    case 'ABSTRACT':
      return completeAbstract(execution, field, shape, pathOf(field, prev, key), value)
  }
}

function resolve(execution: Execution, field: PlannedField, source: unknown, prev: Path | undefined): unknown {
  const { definition, nodes } = field
  const args = field.args ?? getArgumentValues(definition, nodes[0], execution.variableValues)
  const info = new FieldInfo(execution, field, prev)
  return (definition.resolve ?? defaultFieldResolver)(source, args, execution.context, info)
}

function executeField(execution: Execution, field: PlannedField, source: unknown, prev: Path | undefined): unknown {
  const { property, shape, responseName } = field
  try {
    const result = property === undefined ? resolve(execution, field, source, prev) : (source as Data)[property]
    const completed = isPromise(result)
      ? result.then((value) => completeValue(execution, field, shape, prev, responseName, value))
      : completeValue(execution, field, shape, prev, responseName, result)
    if (!isPromise(completed)) return completed
    return completed.then(undefined, (error: unknown) => recoverAll(execution, field, prev, error))
  } catch (error) {
    return recoverAll(execution, field, prev, error)
  }
}

/** Executes fields side by side. A promise if one of them is. */
function executeFields(
  execution: Execution,
  fields: readonly PlannedField[],
  source: unknown,
  path: Path | undefined,
): Data | PromiseLike<Data> {
  const data: Data = {}
  let pending: PromiseLike<unknown>[] | undefined
  try {
    // By index, as lists have many objects: for each of them an iterator would be made.
    for (let index = 0; index < fields.length; index += 1) {
      const field = fields[index]
      if (!field) continue
      const { responseName } = field
      const value = executeField(execution, field, source, path)
      if (isPromise(value)) {
        // Keeps the member's place.
        data[responseName] = undefined
        pending ??= []
        pending.push(
          value.then((resolved) => {
            data[responseName] = resolved
          }),
        )
      } else data[responseName] = value
    }
  } catch (error) {
    if (!pending) throw error
    // The other fields may fail too, and must not do so unhandled.
    const fail = () => {
      throw error
    }
    return settled(pending, data).then(fail, fail)
  }
  return pending ? settled(pending, data) : data
}

/** Resolves with `data` once the pending fields have written to it. Nearly always there is one. */
function settled(pending: readonly PromiseLike<unknown>[], data: Data): PromiseLike<Data> {
  const [first, second] = pending
  return (first && !second ? first : Promise.all(pending)).then(() => data)
}

/** Executes the fields of a mutation, each after the one before. */
function executeSerially(
  execution: Execution,
  fields: readonly PlannedField[],
  data: Data,
  first = 0,
): Data | PromiseLike<Data> {
  for (const [offset, field] of fields.slice(first).entries()) {
    const { responseName } = field
    const value = executeField(execution, field, execution.rootValue, undefined)
    if (isPromise(value)) {
      return value.then((resolved) => {
        data[responseName] = resolved
        return executeSerially(execution, fields, data, first + offset + 1)
      })
    }
    data[responseName] = value
  }
  return data
}

export interface PlanArgs {
  readonly rootValue: unknown
  readonly context: Context
  /** As the operation's definitions coerce them. */
  readonly variableValues: Readonly<Record<string, unknown>>
}

/** Executes an operation that is planned. */
export function executePlan(plan: OperationPlan, args: PlanArgs): ExecutionResult | PromiseLike<ExecutionResult> {
  const execution: Execution = { ...args, plan, errors: [] }
  const { errors } = execution
  const succeed = (data: Data): ExecutionResult => (errors.length === 0 ? { data } : { errors, data })
  const fail = (error: unknown): ExecutionResult => {
    // Only fields fail, whose errors are located.
    errors.push(error as GraphQLError)
    return { errors, data: null }
  }
  const fields = plan.root.on(plan.rootType)
  try {
    const data =
      plan.operation.operation === 'mutation'
        ? executeSerially(execution, fields, {})
        : executeFields(execution, fields, args.rootValue, undefined)
    return isPromise(data) ? data.then(succeed, fail) : succeed(data)
  } catch (error) {
    return fail(error)
  }
}
