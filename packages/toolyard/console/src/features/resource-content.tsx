import { Anchor, Button, Group, Loader, Stack, Text } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { lazy, Suspense, useState } from 'react'
import { Icon } from '../app/icons.tsx'
import { JsonView } from '../text/json-view.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { parsedJson } from '../text/parsed-json.ts'
import { contentKindOf, essenceOf, fileNameOf } from './content-kind.ts'
import type { ResourceContent as Content } from './feature-documents.ts'

const Markdown = lazy(() => import('../text/markdown.tsx'))

/** Shows a URI, as a link only if it is http or https. */
function Uri({ children }: { readonly children: string }) {
  if (!/^https?:\/\//i.test(children)) return <Name>{children}</Name>
  return (
    <Anchor href={children} target="_blank" rel="noopener noreferrer nofollow" miw={0} size="sm">
      <Name>{children}</Name>
    </Anchor>
  )
}

function bytesOf({ text, base64 }: Content): BlobPart {
  return base64 === null ? (text ?? '') : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** Saves the content as a file, as it is: no browser opens it in this page. */
function download(content: Content): void {
  const url = URL.createObjectURL(new Blob([bytesOf(content)], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileNameOf(content)
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

const sizeOf = ({ text, base64 }: Content): number =>
  base64 === null ? new Blob([text ?? '']).size : Math.floor((base64.replace(/=+$/, '').length * 3) / 4)

const dataUrl = ({ mimeType, text, base64 }: Content): string =>
  base64 === null
    ? `data:${essenceOf(mimeType)};charset=utf-8,${encodeURIComponent((text ?? '').toWellFormed())}`
    : `data:${essenceOf(mimeType)};base64,${base64}`

function Picture({ content }: { readonly content: Content }) {
  const [isBroken, setIsBroken] = useState(false)
  if (isBroken) return <Text size="sm">Cannot display this image.</Text>
  return <img className="picture" src={dataUrl(content)} alt={fileNameOf(content)} onError={() => setIsBroken(true)} />
}

function Shown({ content }: { readonly content: Content }) {
  const text = content.text ?? ''
  switch (contentKindOf(content)) {
    case 'IMAGE':
      return <Picture content={content} />
    case 'AUDIO':
      // biome-ignore lint/a11y/useMediaCaption: a resource's audio has no captions
      return <audio controls aria-label={fileNameOf(content)} src={dataUrl(content)} />
    case 'MARKDOWN':
      return (
        <div className="block">
          <Suspense fallback={<Loader size="xs" />}>
            <Markdown text={showHiddenText(text)} />
          </Suspense>
        </div>
      )
    case 'JSON': {
      const json = parsedJson(text)
      if (json !== undefined) return <JsonView value={json} label="Content" />
      break
    }
    case 'FILE':
      return null
    case 'TEXT':
      break
  }
  return (
    <div className="block">
      <LongText text={text} isMono label="Content" />
    </div>
  )
}

/** One content of a resource: shown by its type, and to be saved. */
export function ResourceContent({ content }: { readonly content: Content }) {
  return (
    <Stack gap="xs" data-content={contentKindOf(content)}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" component="div" className="facts content-facts">
          <Uri>{content.uri}</Uri>
          <span className="quiet">
            {(content.mimeType ?? 'unknown type').slice(0, 80)}, {sizeOf(content).toLocaleString('en')} bytes
          </span>
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="import" size={14} />}
          onClick={() => download(content)}
          aria-label={`Download ${fileNameOf(content)}`}
        >
          Download
        </Button>
      </Group>
      <Shown content={content} />
    </Stack>
  )
}
