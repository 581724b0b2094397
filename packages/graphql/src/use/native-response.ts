/** Creates a body that is made no faster than it is read; canceling it cancels `body`. */
function nativeBody(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** Declared as boolean: yoga's own `Response` has the same type, but is no instance. */
const isNative = (response: unknown): boolean => response instanceof globalThis.Response

/**
 * Makes a `Response` of the platform from yoga's own class: Next.js refuses what is no instance of `Response`, and
 * ends a stream by the signal of `pipeTo`, which yoga's streams ignore, so that a subscription would outlive its client.
 */
export function nativeResponse(response: Response): Response {
  if (isNative(response)) return response
  const { status, statusText, body } = response
  const headers = new Headers()
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers.append(name, value)
  for (const cookie of response.headers.getSetCookie()) headers.append('set-cookie', cookie)
  return new globalThis.Response(body && nativeBody(body), { status, statusText, headers })
}
