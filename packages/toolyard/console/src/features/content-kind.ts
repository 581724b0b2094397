import type { ResourceContent } from './feature-documents.ts'

/** How a content is shown. FILE: by its download alone. */
export type ContentKind = 'TEXT' | 'MARKDOWN' | 'JSON' | 'IMAGE' | 'AUDIO' | 'FILE'

/** Images that every browser shows inside `<img>`, where no script runs, not even in an SVG. */
const images = new Set([
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp', 'image/svg+xml'],
])
/** Longest text rendered as Markdown, in characters: parsing hostile input takes quadratic time. */
const maxMarkdown = 20_000

/** The type without its parameters. */
export const essenceOf = (mimeType: string | null): string =>
  (mimeType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

export function contentKindOf({ mimeType, text, base64 }: ResourceContent): ContentKind {
  const type = essenceOf(mimeType)
  if (images.has(type) && (base64 !== null || type === 'image/svg+xml')) return 'IMAGE'
  if (base64 !== null) return /^audio\/[\w.+-]+$/.test(type) ? 'AUDIO' : 'FILE'
  if (type === 'application/json' || type.endsWith('+json')) return 'JSON'
  if (type === 'text/markdown' && (text?.length ?? 0) <= maxMarkdown) return 'MARKDOWN'
  return 'TEXT'
}

const endings: Readonly<Record<string, string>> = {
  'application/json': '.json',
  'application/pdf': '.pdf',
  'text/markdown': '.md',
  'text/html': '.html',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/svg+xml': '.svg',
}

/** A name for the download: the last part of the URI, without what file systems or a terminal take amiss. */
export function fileNameOf({ uri, mimeType }: Pick<ResourceContent, 'uri' | 'mimeType'>): string {
  const last =
    uri
      .split(/[?#]/, 1)[0]
      ?.split('/')
      .findLast((part) => part !== '') ?? ''
  const name = last
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(0, 100)
  if (name === '') return `resource${endings[essenceOf(mimeType)] ?? ''}`
  return name.includes('.') ? name : `${name}${endings[essenceOf(mimeType)] ?? ''}`
}
