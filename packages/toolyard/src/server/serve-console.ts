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

interface Found {
  readonly name: string
  readonly file: ConsoleFile
  readonly status: 200 | 404
}

/** An address that a browser opens is answered with the page, which says if there is no such view. */
function find(files: ConsoleFiles, path: string, { headers }: IncomingMessage): Found | undefined {
  const file = files.get(path)
  if (file) return { name: path, file, status: 200 }
  const page = files.get('/index.html')
  const isView = views.has(path.split('/', 2)[1] ?? '')
  if (!page || !(isView || headers['sec-fetch-dest'] === 'document')) return undefined
  return { name: '/index.html', file: page, status: isView ? 200 : 404 }
}

/** Answers GET and HEAD for the console's page and files; returns false for any other path. */
export function serveConsole(
  files: ConsoleFiles,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const found = find(files, path, request)
  if (!found) return false
  const { name, file, status } = found
  response.appendHeader('vary', 'Accept-Encoding')
  const headers: OutgoingHttpHeaders = {
    etag: file.etag,
    'x-content-type-options': 'nosniff',
    'cache-control': name.startsWith('/assets/') ? forever : 'no-cache',
    ...(name === '/index.html' ? pageHeaders : {}),
  }
  if (status === 200 && request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end()
    return true
  }
  const [encoding, body] = bestOf(request, file)
  response.writeHead(status, {
    ...headers,
    'content-type': file.contentType,
    'content-length': body.byteLength,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}
