import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import type { Context } from '../context/context.ts'

/** What a refused input comes to. Args that do not fit are a model's everyday mistake, and not on record. */
const refusals: ReadonlySet<unknown> = new Set(['InputError', 'ConflictError'])

function isRefusal(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && '__typename' in payload && refusals.has(payload.__typename)
}

function charging(resolve: GraphQLFieldResolver<unknown, Context>): GraphQLFieldResolver<unknown, Context> {
  return async (source, args, context, info) => {
    const payload: unknown = await resolve(source, args, context, info)
    if (isRefusal(payload)) context.usage.chargeRefusal?.()
    return payload
  }
}

/** Has each mutation that is refused cost more than its execution: it is looked up, checked, and on record. */
export function chargeRefusals(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    field.resolve = charging(field.resolve ?? defaultFieldResolver)
  }
}
