import type { JsonObject } from '../base/json.ts'
import type { McpIcon } from './tool.ts'

/** An icon that has the address `src`, with those of its other members that are as MCP 2025-11-25 has them. */
export function toIcon({ mimeType, sizes }: JsonObject, src: string): McpIcon {
  return {
    src,
    ...(typeof mimeType === 'string' ? { mimeType } : {}),
    ...(Array.isArray(sizes) ? { sizes: sizes.filter((size): size is string => typeof size === 'string') } : {}),
  }
}
