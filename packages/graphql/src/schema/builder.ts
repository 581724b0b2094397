import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import type { JsonObject, JsonValue } from '@toolyard/core'
import type { Context } from '../context/context.ts'

/** The types of the schema as TypeScript sees them; nullability is said field by field and is "never" unless said. */
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
  // Costs are worked out once, before an operation is executed, and not again in its resolvers.
  complexity: { disabled: true, defaultComplexity: 1, defaultListMultiplier: 1 },
})

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})
