import { describe, expect, it } from 'vitest'
import { contentKindOf, fileNameOf } from './content-kind.ts'

const content = (mimeType: string | null, part: { readonly text?: string; readonly base64?: string }) => ({
  uri: 'file:///a',
  mimeType,
  text: part.text ?? null,
  base64: part.base64 ?? null,
})

describe('a content is shown by its type', () => {
  it.each([
    ['text/plain', { text: 'a' }, 'TEXT'],
    [null, { text: 'a' }, 'TEXT'],
    ['text/html', { text: '<b>' }, 'TEXT'],
    ['text/markdown; charset=utf-8', { text: '# a' }, 'MARKDOWN'],
    ['text/markdown', { text: 'a'.repeat(20_001) }, 'TEXT'],
    ['application/ld+json', { text: '{}' }, 'JSON'],
    ['IMAGE/PNG', { base64: 'AA==' }, 'IMAGE'],
    ['image/svg+xml', { text: '<svg/>' }, 'IMAGE'],
    ['image/png', { text: 'no image' }, 'TEXT'],
    ['image/tiff', { base64: 'AA==' }, 'FILE'],
    ['audio/wav', { base64: 'AA==' }, 'AUDIO'],
    ['audio/wav"onerror=', { base64: 'AA==' }, 'FILE'],
    [null, { base64: 'AA==' }, 'FILE'],
  ] as const)('%s %o: %s', (mimeType, part, kind) => {
    expect(contentKindOf(content(mimeType, part))).toBe(kind)
  })
})

it.each([
  ['file:///home/me/notes.md', null, 'notes.md'],
  ['memo://today', 'text/markdown', 'today.md'],
  ['memo://', 'application/json', 'memo_.json'],
  ['https://a.example/x/?q=1#f', null, 'x'],
  ['a/..', null, 'resource'],
  ['file:///a\u202Egnp.exe', null, 'a_gnp.exe'],
])('%s is saved as a name that is safe', (uri, mimeType, name) => {
  expect(fileNameOf({ uri, mimeType })).toBe(name)
})
