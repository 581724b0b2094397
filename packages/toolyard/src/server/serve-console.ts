import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ConsoleFile, ConsoleFiles } from './console-files.ts'

/** Views with an address of their own, by its first part; all are the same page. */
const views: ReadonlySet<string> = new Set([
  '',
  'servers',
  'tools',
  'runs',
  'approvals',
  'import',
  'export',
  'audit',
  'docs',
])

/**
 * The page runs nothing but its own files, and sends requests to this server alone: a tool's answer cannot load or send
 * anything. The component library sets inline styles; images and audio of a result are data URLs.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'media-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders: OutgoingHttpHeaders = {
  'content-security-policy': policy,
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** A file with a hash in its name never changes. */
const forever = 'public, max-age=31536000, immutable'

function accepts({ headers }: IncomingMessage, encoding: string): boolean {
  const parts = [headers['accept-encoding'] ?? []].flat().flatMap((text) => text.toLowerCase().split(','))
  return parts.some((part) => {
    const [name, weight = ''] = part.split(';').map((word) => word.trim())
    return name === encoding && !/^q=0(\.0*)?$/.test(weight)
  })
}

function bestOf(request: IncomingMessage, { br, gzip, plain }: ConsoleFile): readonly [string | undefined, Buffer] {
  if (br && accepts(request, 'br')) return ['br', br]
  if (gzip && accepts(request, 'gzip')) return ['gzip', gzip]
  return [undefined, plain]
}

function fileFor(files: ConsoleFiles, path: string): readonly [string, ConsoleFile] | undefined {
  const file = files.get(path)
  if (file) return [path, file]
  const page = files.get('/index.html')
  return page && views.has(path.split('/', 2)[1] ?? '') ? ['/index.html', page] : undefined
}

/** Answers GET and HEAD for the console's page and files; returns false for any other path. */
export function serveConsole(
  files: ConsoleFiles,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const found = fileFor(files, path)
  if (!found) return false
  const [name, file] = found
  response.appendHeader('vary', 'Accept-Encoding')
  const headers: OutgoingHttpHeaders = {
    etag: file.etag,
    'x-content-type-options': 'nosniff',
    'cache-control': name.startsWith('/assets/') ? forever : 'no-cache',
    ...(name === '/index.html' ? pageHeaders : {}),
  }
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end()
    return true
  }
  const [encoding, body] = bestOf(request, file)
  response.writeHead(200, {
    ...headers,
    'content-type': file.contentType,
    'content-length': body.byteLength,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}
