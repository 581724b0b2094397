import type { JsonObject } from '../base/json.ts'
import type { McpServerInfo } from '../model/server.ts'
import type { Scrub } from '../secrets/scrub.ts'
import type { ToolProgress } from './session.ts'

/** What a server says about itself is stored, and shown to every caller who may see the server. */
export function scrubServerInfo(
  {
    name,
    version,
    title,
    websiteUrl,
  }: Pick<McpServerInfo, 'name' | 'version'> & {
    readonly [Key in 'title' | 'websiteUrl']?: string | undefined
  },
  scrub: Scrub,
): McpServerInfo {
  return {
    name: scrub(name),
    version: scrub(version),
    ...(title === undefined ? {} : { title: scrub(title) }),
    ...(websiteUrl === undefined ? {} : { websiteUrl: scrub(websiteUrl) }),
  }
}

/** The progress in a notification of it, which may be anything. */
export function progressOf({ progress, total, message }: JsonObject, scrub: Scrub): ToolProgress {
  return {
    progress: typeof progress === 'number' ? progress : 0,
    ...(typeof total === 'number' ? { total } : {}),
    ...(typeof message === 'string' ? { message: scrub(message) } : {}),
  }
}
