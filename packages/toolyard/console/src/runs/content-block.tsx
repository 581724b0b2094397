import { Anchor, Group, Loader, SegmentedControl, Stack, Text } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/hidden-text'
import { lazy, Suspense, useState } from 'react'
import { JsonView } from '../text/json-view.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { parsedJson } from '../text/parsed-json.ts'
import type { ContentBlock as Block } from './run-documents.ts'

const Markdown = lazy(() => import('../text/markdown.tsx'))
/** Characters: of a hostile text, twice as many take the parser four times as long, 1 s here and a minute for 200,000. */
const maxMarkdown = 20_000

function looksLikeMarkdown(text: string): boolean {
  // With bounds: without them, a text of brackets or line ends alone takes minutes.
  return (
    /^(#{1,6} |[ \t]{0,20}(?:[-*]|\d{1,9}\.) |```|\|.{1,200}\||> )/m.test(text) ||
    /\[[^\]\n]{1,200}\]\(https?:/.test(text)
  )
}

type Form = 'Text' | 'Markdown' | 'JSON'

function TextBlock({ text }: { readonly text: string }) {
  const json = parsedJson(text)
  const isMarkdown = text.length <= maxMarkdown && looksLikeMarkdown(text)
  const forms: readonly Form[] = [
    'Text',
    ...(isMarkdown ? (['Markdown'] as const) : []),
    ...(json === undefined ? [] : (['JSON'] as const)),
  ]
  const [form, setForm] = useState<Form>(json !== undefined ? 'JSON' : isMarkdown ? 'Markdown' : 'Text')
  return (
    <Stack gap="xs">
      {forms.length > 1 && (
        <SegmentedControl
          size="xs"
          data={[...forms]}
          value={form}
          onChange={(value) => setForm(forms.find((each) => each === value) ?? 'Text')}
          aria-label="Shown as"
          style={{ alignSelf: 'flex-start' }}
        />
      )}
      {form === 'JSON' && <JsonView value={json} label="Result as JSON" />}
      {form === 'Markdown' && (
        <div className="block">
          <Suspense fallback={<Loader size="xs" />}>
            <Markdown text={showHiddenText(text)} />
          </Suspense>
        </div>
      )}
      {form === 'Text' && (
        <div className="block">
          <LongText text={text} isMono label="Result as text" />
        </div>
      )}
    </Stack>
  )
}

const safeImages = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'image/svg+xml',
])

/** In an <img> nothing of a picture acts, an SVG neither. */
function Picture({ mimeType, base64, byteLength }: Extract<Block, { __typename: 'ImageContent' }>) {
  const [isBroken, setIsBroken] = useState(false)
  if (!safeImages.has(mimeType) || isBroken)
    return (
      <Text size="sm">
        A picture of {byteLength.toLocaleString('en')} bytes that cannot be shown ({mimeType.slice(0, 80)})
      </Text>
    )
  return (
    <div>
      <img
        className="picture"
        src={`data:${mimeType};base64,${base64}`}
        alt={`Result: ${mimeType}, ${byteLength.toLocaleString('en')} bytes`}
        onError={() => setIsBroken(true)}
      />
    </div>
  )
}

/** The address, and a link only where a browser may go there. */
function Address({ uri }: { readonly uri: string }) {
  if (!/^https?:\/\//i.test(uri)) return <Name>{uri}</Name>
  return (
    <Anchor href={uri} target="_blank" rel="noopener noreferrer nofollow" miw={0}>
      <Name>{uri}</Name>
    </Anchor>
  )
}

export function ContentBlock({ block }: { readonly block: Block }) {
  switch (block.__typename) {
    case 'TextContent':
      return <TextBlock text={block.text} />
    case 'ImageContent':
      return <Picture {...block} />
    case 'AudioContent':
      return (
        // biome-ignore lint/a11y/useMediaCaption: a tool's audio has no captions
        <audio
          controls
          aria-label={`Result: ${block.mimeType}`}
          src={/^audio\/[\w.+-]+$/.test(block.mimeType) ? `data:${block.mimeType};base64,${block.base64}` : undefined}
        />
      )
    case 'ResourceLinkContent':
      return (
        <Group gap="xs" className="block" wrap="nowrap">
          <Text size="sm" fw={600} component="span">
            <Name>{block.title ?? block.name}</Name>
          </Text>
          <Address uri={block.uri} />
        </Group>
      )
    case 'EmbeddedResourceContent':
      return (
        <Stack gap={4}>
          <Address uri={block.uri} />
          {block.anyText === null ? (
            <Text size="sm" className="quiet">
              {Math.floor(((block.anyBase64 ?? '').length * 3) / 4).toLocaleString('en')} bytes,{' '}
              {block.anyMimeType ?? 'of no known type'}
            </Text>
          ) : (
            <TextBlock text={block.anyText} />
          )}
        </Stack>
      )
    case 'UnknownContent':
      return (
        <Stack gap={4}>
          <Text size="sm" className="quiet">
            Content of the type <Name>{block.type}</Name>, which the console does not know
          </Text>
          <JsonView value={block.raw} />
        </Stack>
      )
  }
}
