import type { ObjectRef, UnionRef } from '@pothos/core'
import type { ContentBlock, ToolExecutionResult } from '@toolyard/core'
import { builder } from './builder.ts'
import { listed, long } from './long-fields.ts'
import { Icon } from './tools.ts'

type Block<Type extends ContentBlock['type']> = Extract<ContentBlock, { type: Type }>

const Text = builder
  .objectRef<Block<'text'>>('TextContent')
  .implement({ fields: (t) => ({ text: t.exposeString('text', long) }) })
function media(name: string) {
  return builder.objectRef<Block<'image'> | Block<'audio'>>(name).implement({
    fields: (t) => ({
      mimeType: t.string({ resolve: ({ mimeType }) => mimeType }),
      base64: t.string({ ...long, resolve: ({ data }) => data }),
      byteLength: t.int({ resolve: ({ data }) => Buffer.byteLength(data, 'base64') }),
    }),
  })
}
const Image = media('ImageContent')
const Audio = media('AudioContent')
const Link = builder.objectRef<Block<'resource_link'>>('ResourceLinkContent').implement({
  fields: (t) => ({
    uri: t.exposeString('uri', long),
    name: t.exposeString('name', long),
    title: t.string({ ...long, nullable: true, resolve: ({ title }) => title ?? null }),
    description: t.string({ ...long, nullable: true, resolve: ({ description }) => description ?? null }),
    mimeType: t.string({ nullable: true, resolve: ({ mimeType }) => mimeType ?? null }),
    size: t.float({ nullable: true, description: 'Bytes', resolve: ({ size }) => size ?? null }),
    icons: t.field({ type: [Icon], resolve: ({ icons = [] }, _, context, info) => listed(icons, context, info) }),
  }),
})
/** Its type is named: that of the block is not exported. */
export const Embedded: ObjectRef<typeof builder.$inferSchemaTypes, Block<'resource'>> = builder
  .objectRef<Block<'resource'>>('EmbeddedResourceContent')
  .implement({
    fields: (t) => ({
      uri: t.exposeString('uri', long),
      mimeType: t.string({ nullable: true, resolve: ({ mimeType }) => mimeType ?? null }),
      text: t.string({ ...long, nullable: true, resolve: ({ text }) => text ?? null }),
      base64: t.string({ ...long, nullable: true, resolve: ({ blob }) => blob ?? null }),
    }),
  })
for (const block of [Text, Image, Audio, Link, Embedded]) {
  builder.objectFields(block, (t) => ({
    annotations: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      description: 'audience, priority, lastModified, as the server sent them',
      resolve: ({ annotations }) => annotations ?? null,
    }),
    meta: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      description: '`_meta`, as the server sent it',
      resolve: ({ meta }) => meta ?? null,
    }),
  }))
}
const Unknown = builder.objectRef<Block<'unknown'>>('UnknownContent').implement({
  fields: (t) => ({
    type: t.string({ resolve: ({ raw }) => (typeof raw.type === 'string' ? raw.type : '') }),
    raw: t.field({ ...long, type: 'JSON', resolve: ({ raw }) => raw }),
  }),
})
const blockTypes = {
  text: 'TextContent',
  image: 'ImageContent',
  audio: 'AudioContent',
  resource_link: 'ResourceLinkContent',
  resource: 'EmbeddedResourceContent',
  unknown: 'UnknownContent',
} as const
export const Content: UnionRef<typeof builder.$inferSchemaTypes, ContentBlock> = builder.unionType('ContentBlock', {
  types: [Text, Image, Audio, Link, Embedded, Unknown],
  resolveType: ({ type }) => blockTypes[type],
})

/** What a tool answered. Its type is named: that of the block is not exported. */
export const ToolExecutionResultType: ObjectRef<typeof builder.$inferSchemaTypes, ToolExecutionResult> = builder
  .objectRef<ToolExecutionResult>('ToolExecutionResult')
  .implement({
    description: 'Seed shape: status, func_return, stdout, stderr; plus the raw MCP content',
    fields: (t) => ({
      status: t.field({
        type: builder.enumType('ToolExecutionStatus', { values: ['SUCCESS', 'ERROR'] as const }),
        resolve: ({ status }) => status,
      }),
      funcReturn: t.field({
        ...long,
        type: 'JSON',
        nullable: true,
        description:
          'The structured content, else the texts: parsed if they are a JSON object or array without numbers that would be rounded',
        resolve: ({ funcReturn }) => funcReturn,
      }),
      stdout: t.stringList({ ...long, resolve: ({ stdout }, _, context, info) => listed(stdout, context, info) }),
      stderr: t.stringList({ ...long, resolve: ({ stderr }, _, context, info) => listed(stderr, context, info) }),
      isError: t.boolean({ resolve: ({ status }) => status === 'ERROR' }),
      structuredContent: t.field({
        ...long,
        type: 'JSON',
        nullable: true,
        resolve: ({ structuredContent }) => structuredContent,
      }),
      content: t.field({ type: [Content], resolve: ({ content }, _, context, info) => listed(content, context, info) }),
      meta: t.field({ ...long, type: 'JSONObject', nullable: true, resolve: ({ meta }) => meta }),
      truncated: t.exposeBoolean('truncated'),
      configFingerprint: t.exposeString('configFingerprint', {
        description: "Digest of the server's configuration that the run used, without secrets",
      }),
    }),
  })
