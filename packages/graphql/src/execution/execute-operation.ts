import { execute } from '@graphql-tools/executor'
import {
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  versionInfo,
} from 'graphql'
import { readyOperation } from '../context/ready-operation.ts'
import { executePlan } from './execute-plan.ts'
import { type OperationPlan, planOperation } from './operation-plan.ts'

// Parsed documents are cached, so the same operation comes again.
const plans = new WeakMap<OperationDefinitionNode, OperationPlan | undefined>()

/** Plans read the arguments and variables as graphql 16 makes them. */
const canPlan = versionInfo.major === 16

function planOf({ schema, document, operationName }: ExecutionArgs): OperationPlan | undefined {
  const operation = canPlan ? getOperationAST(document, operationName) : undefined
  if (!operation) return undefined
  if (!plans.has(operation)) plans.set(operation, planOperation(schema, document, operation))
  return plans.get(operation)
}

async function executeStock(args: ExecutionArgs): Promise<ExecutionResult> {
  const result = await execute(args)
  if ('initialResult' in result) throw new Error('expected one result: the schema has no @defer and no @stream')
  return result
}

/**
 * Executes an operation of a valid document: by a plan that is made once for the document, or, if what is selected depends
 * on variables or on the schema itself, step by step.
 */
export async function executeOperation(args: ExecutionArgs): Promise<ExecutionResult> {
  const plan = planOf(args)
  if (!plan) return executeStock(args)
  const { schema, variableValues, rootValue } = args
  const { variableDefinitions = [] } = plan.operation
  const { coerced } = getVariableValues(schema, variableDefinitions, variableValues ?? {}, { maxErrors: 50 })
  // It reports the variables that cannot be coerced.
  if (!coerced) return executeStock(args)
  return executePlan(plan, { rootValue, context: readyOperation(args).context, variableValues: coerced })
}
