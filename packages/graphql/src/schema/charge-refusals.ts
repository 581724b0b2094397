import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import type { Context } from '../context/context.ts'

/** Types of refused inputs. Invalid args of a tool are an everyday mistake of models, and not recorded. */
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

/** Charges refused mutations more than their cost: each is looked up, checked and recorded. */
export function chargeRefusals(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    field.resolve = charging(field.resolve ?? defaultFieldResolver)
  }
}
