import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../base/command-error.ts'
import type { Content, Run } from '../queries/run-documents.ts'

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/octet-stream': 'bin',
}

function extensionOf(mimeType: string | null, fallback: string): string {
  const type = mimeType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const subtype = /^[a-z]+\/(?:x-)?([a-z\d]{1,10})$/.exec(type)?.[1]
  return extensions[type] ?? subtype ?? fallback
}

/** The bytes and the extension of content that becomes a file; undefined for other content. */
function fileOf(content: Content): { readonly bytes: Buffer; readonly extension: string } | undefined {
  switch (content.__typename) {
    case 'ImageContent':
    case 'AudioContent':
      return { bytes: Buffer.from(content.base64, 'base64'), extension: extensionOf(content.mimeType, 'bin') }
    case 'EmbeddedResourceContent': {
      const { text, base64, mimeType } = content
      if (base64 !== null) return { bytes: Buffer.from(base64, 'base64'), extension: extensionOf(mimeType, 'bin') }
      return text === null ? undefined : { bytes: Buffer.from(text), extension: extensionOf(mimeType, 'txt') }
    }
    default:
      return undefined
  }
}

/**
 * Saves images, audio and resources of a result in a folder, which is created if it is missing. Returns the paths by
 * the index of the content. File names consist of the run's id and that index, and never come from the server. Throws
 * UsageError if a file cannot be written.
 */
export async function saveContent(run: Run, folder: string): Promise<ReadonlyMap<number, string>> {
  const paths = new Map<number, string>()
  try {
    for (const [index, content] of (run.result?.content ?? []).entries()) {
      const file = fileOf(content)
      if (!file) continue
      const path = join(folder, `${run.id}-${index + 1}.${file.extension}`)
      await mkdir(folder, { recursive: true })
      await writeFile(path, file.bytes)
      paths.set(index, path)
    }
  } catch (error) {
    throw new UsageError(`--out: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  return paths
}
