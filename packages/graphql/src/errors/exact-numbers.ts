import {
  assertExactNumbers,
  describeInexact,
  InexactNumberError,
  isExactNumber,
} from '@toolyard/core/internal/exact-json'
import { GraphQLError, type GraphQLScalarType, Kind, type ValueNode } from 'graphql'

function refused(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'INVALID_INPUT', http: { spec: true, status: 400 } } })
}

/** Returns the error for a JSON text with a number that a double would round; undefined if all are exact. */
export function inexactNumberIn(json: string): GraphQLError | undefined {
  try {
    assertExactNumbers(json)
    return undefined
  } catch (error) {
    if (!(error instanceof InexactNumberError)) throw error
    return refused(`Expected numbers that are not rounded: ${error.message}`)
  }
}

function assertExact(node: ValueNode): void {
  if (node.kind === Kind.LIST) node.values.forEach(assertExact)
  else if (node.kind === Kind.OBJECT) for (const { value } of node.fields) assertExact(value)
  else if ((node.kind === Kind.INT || node.kind === Kind.FLOAT) && !isExactNumber(node.value)) {
    // Without the node: errors quote no literals.
    throw refused(`Expected numbers that are not rounded: ${describeInexact(node.value)}`)
  }
}

/** Refuses number literals that a double would round. A document is nested 200 deep at most. */
export function withExactLiterals<Scalar extends GraphQLScalarType>(scalar: Scalar): Scalar {
  const { parseLiteral } = scalar
  scalar.parseLiteral = (node, variables) => {
    assertExact(node)
    return parseLiteral(node, variables)
  }
  return scalar
}
