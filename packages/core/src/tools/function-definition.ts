import { jsonWithoutHiddenText, withoutHiddenText } from '../base/hidden-text.ts'
import type { JsonObject } from '../base/json.ts'
import type { McpTool } from '../model/tool.ts'
import { toAnthropicSchema } from './model-api/anthropic-schema.ts'
import { toGeminiSchema } from './model-api/gemini-schema.ts'
import { toModelSchema } from './model-api/model-schema.ts'

export type ModelApi = 'OPENAI' | 'ANTHROPIC' | 'GEMINI'

/** The members of a tool that its definition for a model is made of. */
export type DescribedTool = Pick<McpTool, 'qualifiedName' | 'title' | 'description' | 'inputSchema' | 'schemaHealth'>

/** The description, or else the title; undefined without both. */
export function descriptionOf({ description, title }: Pick<McpTool, 'description' | 'title'>): string | undefined {
  return description ?? title ?? undefined
}

export interface FunctionDefinitionOptions {
  /**
   * Whether the model also gets text that users cannot see (`McpTool.warnings`). A tool that has such text in the names or
   * allowed values of its args needs it: without it, a model cannot name them.
   * @default false
   */
  readonly hiddenText?: boolean
}

/** The members of a tool that a model reads. */
export type ReadByModels = Pick<McpTool, 'title' | 'description' | 'inputSchema'>

/** The same without text that users cannot see. */
export function withoutHidden({ title, description, inputSchema }: ReadByModels): ReadByModels {
  return {
    title: title === null ? null : withoutHiddenText(title),
    description: description === null ? null : withoutHiddenText(description),
    inputSchema: jsonWithoutHiddenText(inputSchema),
  }
}

/** The tool's input schema as the API takes it. */
export function parametersFor(inputSchema: JsonObject, api: ModelApi): JsonObject {
  const schema = toModelSchema(inputSchema)
  switch (api) {
    case 'OPENAI':
      return schema
    case 'ANTHROPIC':
      return toAnthropicSchema(schema)
    case 'GEMINI':
      return toGeminiSchema(schema)
  }
}

/**
 * A tool's definition in the form that a model API takes; its name is the tool's `qualifiedName`.
 *
 * | api | an entry of | form |
 * |---|---|---|
 * | OPENAI | `tools` of the Responses API | `type`, `name`, `description`, `parameters`, `strict`; Chat Completions has all but `type` in a member `function` |
 * | ANTHROPIC | `tools` of the Messages API | `name`, `description`, `input_schema` |
 * | GEMINI | `functionDeclarations` | `name`, `description`, `parametersJsonSchema` |
 *
 * `strict` is true if `schemaHealth` is STRICT_COMPLIANT. An API refuses the whole request for one schema that it does not
 * take. So whatever it would refuse is rewritten, moved to a description, or dropped; `schemaHealth` has the reasons. A run
 * still checks its args against the original schema. `tool` is not changed.
 *
 * Text that users cannot see is dropped, unless `hiddenText` is true. Emoji and the characters that scripts need stay.
 */
export function functionDefinition(
  tool: DescribedTool,
  api: ModelApi,
  { hiddenText = false }: FunctionDefinitionOptions = {},
): JsonObject {
  const { qualifiedName: name, schemaHealth } = tool
  const shown = hiddenText ? tool : withoutHidden(tool)
  const { inputSchema } = shown
  const description = descriptionOf(shown)
  const described = { name, ...(description === undefined ? {} : { description }) }
  const parameters = parametersFor(inputSchema, api)
  switch (api) {
    case 'OPENAI':
      return { type: 'function', ...described, parameters, strict: schemaHealth.status === 'STRICT_COMPLIANT' }
    case 'ANTHROPIC':
      return { ...described, input_schema: parameters }
    case 'GEMINI':
      return { ...described, parametersJsonSchema: parameters }
  }
}
