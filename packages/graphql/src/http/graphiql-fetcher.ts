interface Params {
  readonly query: string
  readonly operationName?: string | null
  readonly variables?: unknown
}

interface FetcherOptions {
  readonly documentAST?: {
    readonly definitions: readonly {
      readonly kind: string
      readonly operation?: string
      readonly name?: { readonly value: string } | undefined
    }[]
  }
  readonly headers?: Readonly<Record<string, string>>
}

interface Observer {
  next(result: unknown): void
  error(error: unknown): void
  complete(): void
}

interface Subscribable {
  subscribe(observer: Observer): { unsubscribe(): void }
}

/** What of a subscription is shown at most, in events and in characters of JSON. */
export interface EventBudget {
  readonly events: number
  readonly characters: number
}

/**
 * How GraphiQL asks the API. GraphiQL shows the last result alone; this collects the events of a subscription, the newest
 * first. Event streams send the headers of the tab, which sockets would not.
 *
 * The page gets the function's source: it uses only its parameters and what browsers have.
 */
export function createFetcher(url: string, budget: EventBudget) {
  const send = (params: Params, headers: FetcherOptions['headers'], accept: string, signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept },
      body: JSON.stringify(params),
      ...(signal ? { signal } : {}),
    })

  function isSubscription({ operationName }: Params, { documentAST }: FetcherOptions): boolean {
    const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? []
    const named = operations.find(({ name }) => name?.value === operationName) ?? operations[0]
    return named?.operation === 'subscription'
  }

  function createCollection() {
    const shown: { readonly event: unknown; readonly size: number }[] = []
    let size = 0
    let earlier = 0
    return (text: string) => {
      shown.unshift({ event: JSON.parse(text), size: text.length })
      size += text.length
      while (shown.length > budget.events || (size > budget.characters && shown.length > 1)) {
        size -= shown.pop()?.size ?? 0
        earlier += 1
      }
      return { events: shown.map(({ event }) => event), ...(earlier > 0 ? { earlierEvents: earlier } : {}) }
    }
  }

  /** The data of a block of an event stream; undefined for comments and for the end. */
  function dataIn(block: string): string | undefined {
    const lines = block.split(/\r?\n/)
    if (!lines.some((line) => /^event: ?next$/.test(line))) return undefined
    const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5))
    return data.length > 0 ? data.join('\n') : undefined
  }

  async function follow(params: Params, headers: FetcherOptions['headers'], observer: Observer, signal: AbortSignal) {
    const response = await send(params, headers, 'text/event-stream', signal)
    if (!response.body || !response.headers.get('content-type')?.includes('text/event-stream'))
      return observer.next(await response.json())
    const collect = createCollection()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + value).split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = dataIn(block)
        if (data !== undefined) observer.next(collect(data))
      }
    }
  }

  return (params: Params, options: FetcherOptions = {}): Promise<unknown> | Subscribable => {
    const { headers } = options
    if (!isSubscription(params, options))
      return send(params, headers, 'application/graphql-response+json, application/json').then((answer) =>
        answer.json(),
      )
    return {
      subscribe(observer) {
        const leaving = new AbortController()
        follow(params, headers, observer, leaving.signal).then(
          () => {
            if (!leaving.signal.aborted) observer.complete()
          },
          (error: unknown) => {
            if (!leaving.signal.aborted) observer.error(error)
          },
        )
        return { unsubscribe: () => leaving.abort() }
      },
    }
  }
}
