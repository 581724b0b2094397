import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import type { BlockRemarks, ContentBlock, ToolExecutionResult } from '../model/job.ts'
import type { RecordPolicy } from '../model/tool.ts'

const mark = '[redacted]'

/** Keeps the names of members and the lengths of lists, and replaces every text, number and flag. */
function redacted(value: JsonValue): JsonValue {
  if (value === null) return null
  if (Array.isArray(value)) return value.map(redacted)
  return isJsonObject(value) ? redactedObject(value) : mark
}

function redactedObject(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, redacted(value)]))
}

function redactedRemarks({ annotations, meta }: BlockRemarks): BlockRemarks {
  return {
    ...(annotations ? { annotations: redactedObject(annotations) } : {}),
    ...(meta ? { meta: redactedObject(meta) } : {}),
  }
}

function redactedBlock(block: ContentBlock): ContentBlock {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: mark, ...redactedRemarks(block) }
    case 'image':
    case 'audio':
      return { type: block.type, mimeType: block.mimeType, data: '', ...redactedRemarks(block) }
    case 'resource_link':
      return { type: 'resource_link', uri: mark, name: mark, ...redactedRemarks(block) }
    case 'resource':
      return { type: 'resource', uri: mark, ...redactedRemarks(block) }
    case 'unknown':
      return { type: 'unknown', raw: redactedObject(block.raw) }
  }
}

/** The args of a run as they are recorded. */
export function recordedArgs(args: JsonObject, policy: RecordPolicy): JsonObject {
  if (policy === 'KEEP') return args
  return policy === 'REDACT' ? redactedObject(args) : {}
}

/** The result of a run as it is recorded, with the server's stderr. */
export function recordedResult(result: ToolExecutionResult | null, policy: RecordPolicy): ToolExecutionResult | null {
  if (result === null || policy === 'KEEP') return result
  if (policy === 'DROP') return null
  return {
    ...result,
    funcReturn: redacted(result.funcReturn),
    stdout: result.stdout.map(() => mark),
    stderr: result.stderr.map(() => mark),
    structuredContent: redacted(result.structuredContent),
    content: result.content.map(redactedBlock),
    meta: result.meta && redactedObject(result.meta),
  }
}
