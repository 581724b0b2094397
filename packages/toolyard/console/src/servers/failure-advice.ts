import {
  type ConnectFailure,
  packageOf,
  type ReachFault,
  reachFaultOf,
  type StartFault,
  startFaultOf,
} from '@toolyard/core/internal/connect-fault'

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

export interface ServerFailure extends ConnectFailure {
  readonly code: string
}

const advise = (title: string, advice: string, ...actions: readonly FailureAction[]): FailureAdvice => ({
  title,
  advice,
  actions: [...actions, 'TRY_AGAIN'],
})

function startAdvice(fault: StartFault, command: string): FailureAdvice {
  switch (fault) {
    case 'COMMAND_NOT_FOUND':
      return advise(
        'The command was not found',
        `Install ${packageOf(command)} where toolyard runs, give the absolute path of the command, or check its folder.`,
        'EDIT_COMMAND',
      )
    case 'COMMAND_NOT_EXECUTABLE':
      return advise(
        'The command cannot be executed',
        'Make it executable (chmod +x), or give another command.',
        'EDIT_COMMAND',
      )
    case 'COMMAND_FAILED':
      return advise(
        'The command ended before it answered',
        'Its last lines usually say what it lacks: an argument, a variable, a package. Correct that, or run it in a terminal to see more.',
        'EDIT_COMMAND',
      )
  }
}

function reachAdvice(fault: ReachFault, httpStatus: number | null): FailureAdvice {
  switch (fault) {
    case 'NO_MCP_ENDPOINT':
      return advise(
        `The URL answered with HTTP ${httpStatus}, not as an MCP server`,
        'Check the path of the URL, and the transport: HTTP or SSE.',
        'EDIT_URL',
      )
    case 'NOTHING_LISTENS':
      return advise('Nothing listens at the URL', 'Start the server, or correct the URL.', 'EDIT_URL')
    case 'HOST_UNKNOWN':
      return advise(
        'The host of the URL is unknown',
        'Check its spelling, and the name servers of the machine that runs toolyard.',
        'EDIT_URL',
      )
    case 'CERTIFICATE_REFUSED':
      return advise(
        'The certificate of the server was rejected',
        'Renew it. For an authority of your own, start toolyard with NODE_EXTRA_CA_CERTS=FILE.',
        'EDIT_URL',
      )
    case 'CONNECTION_FAILED':
      return advise(
        'The server cannot be reached',
        'Check that it runs, and that the machine that runs toolyard can reach it.',
        'EDIT_URL',
      )
  }
}

/** What failed, and what to do about it. `command`: the one of a server over stdio. */
export function failureAdvice(failure: ServerFailure, command: string | undefined): FailureAdvice {
  const isStdio = command !== undefined
  switch (failure.code) {
    case 'CONNECT_FAILED':
      return isStdio
        ? startAdvice(startFaultOf(failure), command)
        : reachAdvice(reachFaultOf(failure), failure.httpStatus)
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
