import { Anchor, Group, Loader, SegmentedControl, Stack, Text } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { lazy, Suspense, useMemo, useState } from 'react'
import { BlockActions } from '../text/block-actions.tsx'
import { JsonView } from '../text/json-view.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { parsedJson } from '../text/parsed-json.ts'
import { ValueView } from '../text/value-view.tsx'
import { fileOf } from './content-file.ts'
import type { ContentBlock as Block } from './run-documents.ts'

const Markdown = lazy(() => import('../text/markdown.tsx'))
/** Longest text rendered as Markdown, in characters. On hostile input parsing is quadratic: 1 s here, a minute at 200,000. */
const maxMarkdown = 20_000

function looksLikeMarkdown(text: string): boolean {
  // Bounded quantifiers: without them, a text of only brackets or line ends takes minutes.
  return (
    /^(#{1,6} |[ \t]{0,20}(?:[-*]|\d{1,9}\.) |```|\|.{1,200}\||> )/m.test(text) ||
    /\[[^\]\n]{1,200}\]\(https?:/.test(text)
  )
}

const forms = ['Text', 'Markdown'] as const
type Form = (typeof forms)[number]

/** A text that is no JSON: Markdown if it looks like that, and plain. */
function PlainText({ text }: { readonly text: string }) {
  const isMarkdown = text.length <= maxMarkdown && looksLikeMarkdown(text)
  const [form, setForm] = useState<Form>(isMarkdown ? 'Markdown' : 'Text')
  return (
    <Stack gap="xs">
      <div className="block-head">
        {isMarkdown && (
          <SegmentedControl
            size="xs"
            data={[...forms]}
            value={form}
            onChange={(value) => setForm(forms.find((each) => each === value) ?? 'Text')}
            aria-label="View as"
          />
        )}
        <BlockActions
          name="text"
          text={text}
          file={() => ({ name: 'result.txt', content: new Blob([text], { type: 'text/plain' }) })}
        />
      </div>
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

function TextBlock({ text }: { readonly text: string }) {
  const json = useMemo(() => parsedJson(text), [text])
  if (json !== undefined) return <ValueView value={json} label="Result" source={text} />
  if (text === '')
    return (
      <Text size="sm" className="quiet">
        An empty text.
      </Text>
    )
  return <PlainText text={text} />
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

/** Shows an image. Inside `<img>` no script runs, not even in an SVG. */
function Picture({ mimeType, base64, byteLength }: Extract<Block, { __typename: 'ImageContent' }>) {
  const [isBroken, setIsBroken] = useState(false)
  if (!safeImages.has(mimeType) || isBroken)
    return (
      <Text size="sm">
        Cannot display this image ({byteLength.toLocaleString('en')} bytes, {mimeType.slice(0, 80)})
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
      <BlockActions name="image" file={() => fileOf('image', mimeType, base64)} />
    </div>
  )
}

/** Shows an address, as a link only if it is http or https. */
function Address({ uri }: { readonly uri: string }) {
  if (!/^https?:\/\//i.test(uri))
    return (
      <Text size="sm" component="span" miw={0}>
        <Name>{uri}</Name>
      </Text>
    )
  return (
    <Anchor href={uri} target="_blank" rel="noopener noreferrer nofollow" miw={0} size="sm">
      <Name>{uri}</Name>
    </Anchor>
  )
}

/** An embedded file: an image as such, and anything else to save. */
function EmbeddedFile({ base64, mimeType }: { readonly base64: string; readonly mimeType: string }) {
  const byteLength = Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
  if (safeImages.has(mimeType))
    return <Picture __typename="ImageContent" mimeType={mimeType} base64={base64} byteLength={byteLength} />
  return (
    <Group gap="xs">
      <Text size="sm" className="quiet">
        {byteLength.toLocaleString('en')} bytes, {mimeType.slice(0, 80)}
      </Text>
      <BlockActions name="resource" file={() => fileOf('resource', mimeType, base64)} />
    </Group>
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
        <div>
          {/* biome-ignore lint/a11y/useMediaCaption: a tool's audio has no captions */}
          <audio
            controls
            aria-label={`Result: ${block.mimeType}`}
            src={/^audio\/[\w.+-]+$/.test(block.mimeType) ? `data:${block.mimeType};base64,${block.base64}` : undefined}
          />
          <BlockActions name="audio" file={() => fileOf('audio', block.mimeType, block.base64)} />
        </div>
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
        <Stack gap="var(--space-2)">
          <Address uri={block.uri} />
          {block.anyText === null ? (
            <EmbeddedFile base64={block.anyBase64 ?? ''} mimeType={block.anyMimeType ?? 'application/octet-stream'} />
          ) : (
            <TextBlock text={block.anyText} />
          )}
        </Stack>
      )
    case 'UnknownContent':
      return (
        <Stack gap="var(--space-2)">
          <Text size="sm" className="quiet">
            Unsupported content type: <Name>{block.type}</Name>
          </Text>
          <JsonView value={block.raw} />
        </Stack>
      )
  }
}
