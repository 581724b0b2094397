import { jsonWithoutHiddenText, withoutHiddenText } from '../base/hidden-text.ts'
import type { JsonObject } from '../base/json.ts'
import type { McpTool } from '../model/tool.ts'
import { toAnthropicSchema } from './model-api/anthropic-schema.ts'
import { toGeminiSchema } from './model-api/gemini-schema.ts'
import { toModelSchema } from './model-api/model-schema.ts'

export type ModelApi = 'OPENAI' | 'ANTHROPIC' | 'GEMINI'

/** What a model is told of a tool. */
export type DescribedTool = Pick<McpTool, 'qualifiedName' | 'title' | 'description' | 'inputSchema' | 'schemaHealth'>

/** The description, or the title where there is none; undefined where there is neither. */
export function descriptionOf({ description, title }: Pick<McpTool, 'description' | 'title'>): string | undefined {
  return description ?? title ?? undefined
}

export interface FunctionDefinitionOptions {
  /**
   * Whether the model also gets what a person does not see (`McpTool.warnings`). A tool that has it in the names or the
   * values of its args takes no others: without it, a model cannot give those.
   * @default false
   */
  readonly hiddenText?: boolean
}

/** What of a tool a model reads. */
export type ReadByModels = Pick<McpTool, 'title' | 'description' | 'inputSchema'>

/** The same without what a person does not see. */
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
 * `strict` is true where `schemaHealth` is STRICT_COMPLIANT. One schema that an API refuses makes it refuse the whole
 * request, so what it would refuse is written otherwise, or told in a description, or left out; `schemaHealth` has the
 * reasons. What is left out is still asked of the args when the tool is run. `tool` is not changed.
 *
 * Text that a person does not see is left out, unless `hiddenText` is true. Emoji and what a script is written with stay.
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
