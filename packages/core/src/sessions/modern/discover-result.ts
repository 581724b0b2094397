import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import type { ServerCapabilities } from '../../model/dial-event.ts'
import type { McpServerInfo } from '../../model/server.ts'
import { metaKeys } from './revision.ts'

/** A list that a server may change: the capability that it belongs to. */
export type ChangingList = 'tools' | 'resources' | 'prompts'

const changingLists: readonly ChangingList[] = ['tools', 'resources', 'prompts']

/** Versions that are read of a list, and characters of each: they are quoted in messages. */
const maxVersions = 20
const maxVersionLength = 100

/** What is read of the answer to `server/discover`. */
export interface DiscoverResult {
  readonly supportedVersions: readonly string[]
  /** Empty strings if the server does not name itself, which it need not. */
  readonly serverInfo: McpServerInfo
  readonly instructions: string | null
  readonly capabilities: ServerCapabilities
  /** The lists of whose changes the server notifies subscribers. */
  readonly notifiesOf: readonly ChangingList[]
}

/** A list of versions, as far as it is one; undefined for anything else. */
export function versionsOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const versions = value.filter((each) => typeof each === 'string' && each.length <= maxVersionLength)
  return versions.length === 0 ? undefined : versions.slice(0, maxVersions)
}

const textAt = (from: JsonObject, key: string): string | undefined => {
  const value = from[key]
  return typeof value === 'string' ? value : undefined
}

const objectAt = (from: JsonObject, key: string): JsonObject => {
  const value = from[key]
  return isJsonObject(value) ? value : {}
}

/** Display only: a server need not name itself, and a name that is not as specified counts as absent. */
function serverInfoOf(result: JsonObject): McpServerInfo {
  const info = objectAt(objectAt(result, '_meta'), metaKeys.serverInfo)
  const title = textAt(info, 'title')
  const websiteUrl = textAt(info, 'websiteUrl')
  return {
    name: textAt(info, 'name') ?? '',
    version: textAt(info, 'version') ?? '',
    ...(title === undefined ? {} : { title }),
    ...(websiteUrl === undefined ? {} : { websiteUrl }),
  }
}

/** Undefined for what is no DiscoverResult (MCP 2026-07-28, server/discover): without versions or capabilities, or not complete. */
export function readDiscoverResult(result: JsonObject): DiscoverResult | undefined {
  const { resultType = 'complete', capabilities } = result
  const supportedVersions = versionsOf(result.supportedVersions)
  if (resultType !== 'complete' || !supportedVersions || !isJsonObject(capabilities)) return undefined
  const has = (name: string) => isJsonObject(capabilities[name])
  return {
    supportedVersions,
    serverInfo: serverInfoOf(result),
    instructions: textAt(result, 'instructions') ?? null,
    capabilities: {
      tools: has('tools'),
      resources: has('resources'),
      resourceUpdates: objectAt(capabilities, 'resources').subscribe === true,
      prompts: has('prompts'),
      completions: has('completions'),
    },
    notifiesOf: changingLists.filter((name) => objectAt(capabilities, name).listChanged === true),
  }
}
