import type { ImportInput } from './import-documents.ts'
import type { SourceDraft } from './source-fields.tsx'

/** Limit for a text as JSON within a request, in bytes. Of a longer text, only the servers are sent. */
const wholeBytes = 512 * 1024

/** What is sent of a draft. Throws if a large text cannot be parsed. */
export async function sourceOf(draft: SourceDraft): Promise<ImportInput['source']> {
  if (draft.kind === 'TEXT') return importSource(draft.text)
  const version = draft.version.trim()
  return { registry: { name: draft.name.trim(), ...(version === '' ? {} : { version }) } }
}

/** Returns the text unchanged, so that errors have its line numbers; of a large text only its servers. Throws if it cannot be parsed. */
async function importSource(text: string): Promise<ImportInput['source']> {
  if (new TextEncoder().encode(JSON.stringify(text)).length <= wholeBytes) return { text: { text } }
  const { onlyServers } = await import('@toolyard/core/internal/only-servers')
  const only = onlyServers(text, 'AUTO')
  return 'json' in only ? { json: only.json } : { text: only }
}
