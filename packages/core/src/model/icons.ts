import type { JsonObject } from '../base/json.ts'
import type { McpIcon } from './tool.ts'

/** An icon with the URL `src`, and its other members if they conform to MCP 2025-11-25. */
export function toIcon({ mimeType, sizes }: JsonObject, src: string): McpIcon {
  return {
    src,
    ...(typeof mimeType === 'string' ? { mimeType } : {}),
    ...(Array.isArray(sizes) ? { sizes: sizes.filter((size): size is string => typeof size === 'string') } : {}),
  }
}
