/** What the user can do on the page about a failure. */
export type FailureAction = 'EDIT_COMMAND' | 'EDIT_URL' | 'SET_TOKEN' | 'EDIT' | 'TRY_AGAIN'

export interface FailureAdvice {
  /** What failed, in a few words. */
  readonly title: string
  /** What to do. */
  readonly advice: string
  /** The likeliest first. */
  readonly actions: readonly FailureAction[]
}

export interface ServerFailure {
  readonly code: string
  readonly systemCode: string | null
  readonly httpStatus: number | null
}

/** Packages of commands that have another name. */
const packages: Readonly<Record<string, string>> = {
  node: 'Node.js',
  npm: 'Node.js',
  npx: 'Node.js',
  uv: 'uv',
  uvx: 'uv',
  python: 'Python',
  python3: 'Python',
  docker: 'Docker',
}
const certificateCode = /CERT|SELF_SIGNED|^ERR_TLS_|UNABLE_TO_(VERIFY|GET_ISSUER)/
const hostCodes: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN'])

const advise = (title: string, advice: string, ...actions: readonly FailureAction[]): FailureAdvice => ({
  title,
  advice,
  actions: [...actions, 'TRY_AGAIN'],
})

function startAdvice({ systemCode }: ServerFailure, command: string): FailureAdvice {
  if (systemCode === 'ENOENT')
    return advise(
      'The command was not found',
      `Install ${packages[command] ?? command} where toolyard runs, give the absolute path of the command, or check its folder.`,
      'EDIT_COMMAND',
    )
  if (systemCode === 'EACCES')
    return advise(
      'The command cannot be executed',
      'Make it executable (chmod +x), or give another command.',
      'EDIT_COMMAND',
    )
  return advise(
    'The command ended before it answered',
    'Its last lines usually say what it lacks: an argument, a variable, a package. Correct that, or run it in a terminal to see more.',
    'EDIT_COMMAND',
  )
}

function reachAdvice({ systemCode, httpStatus }: ServerFailure): FailureAdvice {
  if (httpStatus !== null)
    return advise(
      `The URL answered with HTTP ${httpStatus}, not as an MCP server`,
      'Check the path of the URL, and the transport: HTTP or SSE.',
      'EDIT_URL',
    )
  if (systemCode === 'ECONNREFUSED')
    return advise('Nothing listens at the URL', 'Start the server, or correct the URL.', 'EDIT_URL')
  if (systemCode !== null && hostCodes.has(systemCode))
    return advise(
      'The host of the URL is unknown',
      'Check its spelling, and the name servers of the machine that runs toolyard.',
      'EDIT_URL',
    )
  if (systemCode !== null && certificateCode.test(systemCode))
    return advise(
      'The certificate of the server was rejected',
      'Renew it. For an authority of your own, start toolyard with NODE_EXTRA_CA_CERTS=FILE.',
      'EDIT_URL',
    )
  return advise(
    'The server cannot be reached',
    'Check that it runs, and that the machine that runs toolyard can reach it.',
    'EDIT_URL',
  )
}

/** What failed, and what to do about it. `command`: the one of a server over stdio. */
export function failureAdvice(failure: ServerFailure, command: string | undefined): FailureAdvice {
  const isStdio = command !== undefined
  switch (failure.code) {
    case 'CONNECT_FAILED':
      return isStdio ? startAdvice(failure, command) : reachAdvice(failure)
    case 'AUTH_REQUIRED':
      return advise(
        'The server rejected the token, or asks for one',
        'Set a token that it accepts.',
        isStdio ? 'EDIT' : 'SET_TOKEN',
      )
    case 'BUSY':
      return advise('The server is busy', 'Try again later, send it fewer requests, or raise your quota there.')
    case 'TIMEOUT':
      return advise(
        'The server did not answer in time',
        'A first start may have to download packages: try again. If it is always slow, raise its limits under Advanced.',
        'EDIT',
      )
    case 'PROTOCOL_ERROR':
    case 'LIMIT_EXCEEDED':
      return advise(
        'The server does not speak MCP correctly',
        isStdio
          ? 'Check that the command starts an MCP server and writes nothing else to stdout. If it does, update it, or report it to its authors.'
          : 'Check that the URL is that of an MCP server. If it is, update the server, or report it to its authors.',
        isStdio ? 'EDIT_COMMAND' : 'EDIT_URL',
      )
    case 'SECRET_UNREADABLE':
      return advise(
        'A secret of the server cannot be read',
        'Set it anew. For an environment variable, check that it is set and that TOOLYARD_SECRET_ENV allows it.',
        'EDIT',
      )
    case 'STDIO_NOT_ALLOWED':
      return advise(
        'This command may not be run',
        'The operator of toolyard can allow it with TOOLYARD_STDIO. Or choose a command that is allowed.',
        'EDIT_COMMAND',
      )
    case 'URL_BLOCKED':
      return advise(
        'This address may not be reached',
        'The operator of toolyard can allow it with TOOLYARD_NETWORK. Or give another URL.',
        'EDIT_URL',
      )
    case 'INVALID_INPUT':
      return advise('The server needs more input', 'Fill in its variables below, or set defaults for them.', 'EDIT')
    default:
      return advise('The server failed', 'Try again, and look at the log of toolyard if it fails again.', 'EDIT')
  }
}
