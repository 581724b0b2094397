const endings: Readonly<Record<string, string>> = {
  'image/svg+xml': 'svg',
  'image/jpeg': 'jpg',
  'audio/mpeg': 'mp3',
  'text/plain': 'txt',
}

function endingOf(mimeType: string): string {
  const [, subtype = ''] = mimeType.split('/')
  return endings[mimeType] ?? (/^[a-z0-9]{1,8}$/.test(subtype) ? subtype : 'bin')
}

/** What a server sent as Base64, as a file to save. It has the name and the type of a file that nothing opens by itself. */
export function fileOf(name: string, mimeType: string, base64: string): { name: string; content: Blob } {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return { name: `${name}.${endingOf(mimeType)}`, content: new Blob([bytes], { type: 'application/octet-stream' }) }
}
