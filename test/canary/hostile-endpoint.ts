import { listen } from '../fixtures/oauth/exchange.ts'

/** How an endpoint of an authorization server answers with what it was sent. */
export const quotingForms = [
  'error',
  'unknown error',
  'server error',
  'page',
  'broken JSON',
  'no token',
  'wrong token',
  'scopes',
  'redirect',
  'broken HTTP',
] as const
export type QuotingForm = (typeof quotingForms)[number]

/** An endpoint that quotes all that it was sent. */
export interface HostileEndpoint extends AsyncDisposable {
  readonly url: string
  form: QuotingForm
  /** The values of the secret parameters that came, by their names. */
  readonly received: ReadonlyMap<string, ReadonlySet<string>>
}

const secretNames = [
  ...['code', 'code_verifier', 'client_secret', 'client_assertion', 'refresh_token', 'assertion', 'subject_token'],
  ...['token', 'authorization'],
]
const json = { 'content-type': 'application/json' }

export async function startHostileEndpoint(): Promise<HostileEndpoint> {
  const received = new Map<string, Set<string>>()
  let form: QuotingForm = 'error'
  const listener = await listen(async ({ params, headers, body, response }) => {
    const given: Readonly<Record<string, string | undefined>> = {
      ...Object.fromEntries(params),
      authorization: headers.authorization?.split(' ')[1],
    }
    for (const name of secretNames) {
      const value = given[name]
      if (value !== undefined) received.set(name, (received.get(name) ?? new Set()).add(value))
    }
    const said = `${body} ${JSON.stringify(given)}`
    const quoted = Object.values(given).join(' ')
    switch (form) {
      case 'error':
        response
          .writeHead(400, json)
          .end(JSON.stringify({ error: 'invalid_grant', error_description: said, error_uri: said }))
        return
      case 'unknown error':
        response.writeHead(400, json).end(JSON.stringify({ error: said, error_description: said }))
        return
      case 'server error':
        response.writeHead(500, encodeURIComponent(said), json).end(JSON.stringify({ error: said, said }))
        return
      case 'page':
        response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${said}</p>`)
        return
      case 'broken JSON':
        response.writeHead(200, json).end(`{${said}`)
        return
      case 'no token':
        response.writeHead(200, json).end(JSON.stringify({ token_type: 'Bearer', said, scope: quoted }))
        return
      case 'wrong token':
        response
          .writeHead(200, json)
          .end(JSON.stringify({ access_token: `${said}\n`, token_type: said, expires_in: said }))
        return
      case 'scopes':
        response
          .writeHead(200, json)
          .end(JSON.stringify({ access_token: 'access-of-the-hostile', token_type: 'Bearer', scope: quoted }))
        return
      case 'redirect':
        response.writeHead(302, { location: `http://127.0.0.1:9/?${encodeURIComponent(said)}` }).end()
        return
      case 'broken HTTP':
        response.socket?.end(`HTTP/1.1 200 OK\r\n${said.replaceAll(/[\r\n]/g, ' ')}\u0000: a\r\n\r\n`, 'latin1')
    }
  })
  return {
    url: `${listener.origin}/token`,
    received,
    get form() {
      return form
    },
    set form(next) {
      form = next
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}
