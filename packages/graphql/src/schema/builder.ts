import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import type { JsonObject, JsonValue } from '@toolyard/core'
import type { Context } from '../context/context.ts'

/** Builds the schema with the TypeScript types of its scalars. Fields are non-null unless they say otherwise. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: JsonValue; Output: JsonValue }
    JSONObject: { Input: JsonObject; Output: JsonObject }
    URL: { Input: string; Output: string }
    Cursor: { Input: string; Output: string }
  }
}>({
  defaultFieldNullability: false,
  plugins: [ComplexityPlugin],
  // `operationCost` computes costs once, before execution; resolvers need not do so again.
  complexity: { disabled: true, defaultComplexity: 1, defaultListMultiplier: 1 },
})

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})
