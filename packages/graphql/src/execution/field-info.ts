import type { GraphQLError, GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context/context.ts'
import type { OperationPlan, PlannedField } from './operation-plan.ts'

export type Path = GraphQLResolveInfo['path']

/** One execution of a plan. */
export interface Execution {
  readonly plan: OperationPlan
  readonly context: Context
  readonly rootValue: unknown
  readonly variableValues: Readonly<Record<string, unknown>>
  readonly errors: GraphQLError[]
}

/** What resolvers get as `info`. Most of them read nothing of it, so its members are made when they are read. */
export class FieldInfo implements GraphQLResolveInfo {
  readonly #execution: Execution
  readonly #field: PlannedField
  readonly #prev: Path | undefined

  /** `prev`: the path of the object that has the field. */
  constructor(execution: Execution, field: PlannedField, prev: Path | undefined) {
    this.#execution = execution
    this.#field = field
    this.#prev = prev
  }

  get fieldName() {
    return this.#field.definition.name
  }
  get fieldNodes() {
    return this.#field.nodes
  }
  get returnType() {
    return this.#field.definition.type
  }
  get parentType() {
    return this.#field.parentType
  }
  get path() {
    return pathOf(this.#field, this.#prev, this.#field.responseName)
  }
  get schema() {
    return this.#execution.plan.schema
  }
  get fragments() {
    return this.#execution.plan.fragments
  }
  get rootValue() {
    return this.#execution.rootValue
  }
  get operation() {
    return this.#execution.plan.operation
  }
  get variableValues() {
    return this.#execution.variableValues
  }
}

/** The path of a field by its response name, or of an item by its index. */
export function pathOf({ parentType }: PlannedField, prev: Path | undefined, key: string | number): Path {
  return { prev, key, typename: typeof key === 'number' ? undefined : parentType.name }
}
