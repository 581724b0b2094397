import type { ContentBlock } from '../model/job.ts'
import type { McpPrompt } from '../prompts/api.ts'
import type { McpResource, McpResourceTemplate, ResourceContent } from '../resources/api.ts'

/** Other members that MCP has; the client of the AI SDK passes them on. */
type Loose = { [member: string]: unknown }

/** A resource as MCP lists it. */
export type ListedResource = Loose & {
  uri: string
  name: string
  title?: string
  description?: string
  mimeType?: string
  size?: number
}
export type ListedResourceTemplate = Omit<ListedResource, 'uri' | 'size'> &
  Loose & { uriTemplate: string; name: string }
export type ListedPrompt = Loose & {
  name: string
  title?: string
  description?: string
  arguments?: (Loose & { name: string; description?: string; required?: boolean })[]
}
export type ReadContent = Loose & { uri: string; mimeType?: string } & ({ text: string } | { blob: string })

/** A part of a prompt's message. */
export type PromptContent = Loose &
  (
    | { type: 'text'; text: string }
    | { type: 'image'; data: string; mimeType: string }
    | { type: 'resource'; resource: ReadContent }
    | { type: 'resource_link'; uri: string; name: string; description?: string; mimeType?: string }
  )

/** What a completion is for, as MCP has it. */
export interface CompleteParams {
  ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string }
  argument: { name: string; value: string }
  context?: { arguments: Record<string, string> } | undefined
}

/** Leaves out what is null or undefined. */
function present<Members extends object>(members: Members): { [Key in keyof Members]?: NonNullable<Members[Key]> } {
  // Only members without a value are missing.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value != null)) as never
}

type Described = Pick<McpResource, 'title' | 'description' | 'meta' | 'icons'>
const described = ({ title, description, meta, icons }: Described) =>
  present({ title, description, _meta: meta, icons: icons.length > 0 ? icons : null })

export function toListedResource({ uri, name, mimeType, size, annotations, ...rest }: McpResource): ListedResource {
  return { uri, name, ...described(rest), ...present({ mimeType, size, annotations }) }
}

export function toListedTemplate(template: McpResourceTemplate): ListedResourceTemplate {
  const { uriTemplate, name, mimeType, annotations } = template
  return { uriTemplate, name, ...described(template), ...present({ mimeType, annotations }) }
}

export function toListedPrompt(prompt: McpPrompt): ListedPrompt {
  const { name, arguments: given } = prompt
  const args = given.map(({ name: argument, title, description, required }) => ({
    name: argument,
    required,
    ...present({ title, description }),
  }))
  return { name, ...described(prompt), ...(args.length > 0 ? { arguments: args } : {}) }
}

export function toReadContent({ uri, mimeType, text, blob, annotations, meta }: ResourceContent): ReadContent {
  const others = present({ mimeType, annotations, _meta: meta })
  return blob === undefined ? { uri, ...others, text: text ?? '' } : { uri, ...others, blob }
}

/** Undefined for content that the AI SDK has no place for in a prompt: audio, and kinds that are not known. */
export function toPromptContent(block: ContentBlock): PromptContent | undefined {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text }
    case 'image':
      return { type: 'image', data: block.data, mimeType: block.mimeType }
    case 'resource':
      return { type: 'resource', resource: toReadContent(block) }
    case 'resource_link': {
      const { uri, name, description, mimeType } = block
      return { type: 'resource_link', uri, name: name ?? uri, ...present({ description, mimeType }) }
    }
    case 'audio':
    case 'unknown':
      return undefined
  }
}
