/** OK: nothing to do. WARNING: it works, and should be looked at. ERROR: it does not work. */
export type CheckStatus = 'OK' | 'WARNING' | 'ERROR'

interface FindingKind {
  readonly status: Exclude<CheckStatus, 'OK'>
  /** The advice, with `{facts}` to fill in. */
  readonly advice: string
}

/** Every finding: its status, and what to do about it. docs/doctor.md lists them. A list, hence its length. */
export const findingKinds = {
  // The program, and the server of --url.
  VARIABLE_UNKNOWN: {
    status: 'WARNING',
    advice: 'see toolyard serve --help for the variables that are read, and remove or rename {subject}',
  },
  SETTING_INVALID: {
    status: 'ERROR',
    advice: 'correct it in the environment of the process; toolyard serve --help shows what each setting takes',
  },
  SERVER_UNREACHABLE: {
    status: 'ERROR',
    advice: 'start it with toolyard serve, or give another address with --url or TOOLYARD_URL',
  },
  KEY_REFUSED: {
    status: 'ERROR',
    advice: 'give a key of the server with --key or TOOLYARD_KEY; toolyard keys add makes one there',
  },
  VERSION_DIFFERS: {
    status: 'WARNING',
    advice: 'bring the older of the two to the version of the other',
  },
  HEALTH_FAILED: {
    status: 'ERROR',
    advice: 'look at the log of the server, and at what stands between it and here',
  },
  NOT_READY: {
    status: 'ERROR',
    advice:
      'wait if it is starting or shutting down; otherwise its database cannot be used: run toolyard doctor beside it',
  },
  API_KEYS_UNREADABLE: {
    status: 'ERROR',
    advice: 'see its log for the reason; it reads the file of API keys again each second, and accepts keys once it can',
  },

  // The database.
  DATABASE_IN_MEMORY: {
    status: 'WARNING',
    advice: 'set TOOLYARD_DATABASE_URL=sqlite:toolyard.db to keep what is registered',
  },
  DATABASE_UNREACHABLE: {
    status: 'ERROR',
    advice: 'check that it runs and answers at that address, and that no other process holds its lock',
  },
  DATABASE_UNUSABLE: {
    status: 'ERROR',
    advice: 'set TOOLYARD_DATABASE_URL to a database of toolyard, or to a new file, or restore it from a backup',
  },
  DATABASE_NEWER: {
    status: 'ERROR',
    advice: 'use the version of toolyard that wrote it, or a later one: npm install toolyard@latest',
  },
  DATABASE_OLDER: {
    status: 'WARNING',
    advice: 'make a copy, and bring it up with toolyard db migrate, as the next start does',
  },
  FILE_NOT_WRITABLE: {
    status: 'ERROR',
    advice: 'give it to the user that runs toolyard (chown), or make it writable for that user (chmod u+rw)',
  },
  FILE_OPEN_TO_OTHERS: {
    status: 'WARNING',
    advice: 'chmod 600 {path}',
  },
  DISK_NEARLY_FULL: {
    status: 'WARNING',
    advice: 'make room, or keep less: TOOLYARD_HISTORY_DAYS and TOOLYARD_HISTORY_COUNT',
  },

  // The key of the secrets.
  KEY_FILE_MISSING: {
    status: 'ERROR',
    advice:
      'restore {path} from the backup of the database, or set TOOLYARD_SECRET_KEY to its key, before anything else',
  },
  KEY_FILE_INVALID: {
    status: 'ERROR',
    advice: 'restore the key file from a backup: one key of 32 bytes in base64, with a line end',
  },
  SECRETS_UNREADABLE: {
    status: 'ERROR',
    advice:
      'give the missing key as the last of TOOLYARD_SECRET_KEY=NEW,OLD, or set the secrets anew with toolyard update',
  },
  SECRET_KEY_OLD: {
    status: 'WARNING',
    advice: 'run toolyard secrets rotate; then the older key is no longer needed',
  },

  // The policies.
  ANY_COMMAND_ALLOWED: {
    status: 'WARNING',
    advice: 'set TOOLYARD_STDIO to the commands that are needed, as in npx,uvx, or to none',
  },
  ANY_ADDRESS_ALLOWED: {
    status: 'WARNING',
    advice: 'set TOOLYARD_NETWORK=public, and add what is needed inside, as in public,10.1.0.0/16',
  },
  ANY_VARIABLE_READABLE: {
    status: 'WARNING',
    advice: 'set TOOLYARD_SECRET_ENV to the names that secrets are read from, as in MCP_*, or to none',
  },
  ALLOWED_COMMAND_MISSING: {
    status: 'WARNING',
    advice: 'install {command}, or take it out of TOOLYARD_STDIO',
  },
  ANY_CODE_ALLOWED: {
    status: 'WARNING',
    advice:
      'allow only programs that are MCP servers themselves, by absolute paths, or give the scope write only to users who may log in here',
  },
  VARIABLE_NOT_PASSED: {
    status: 'WARNING',
    advice:
      'if commands such as npx need it, name it: TOOLYARD_STDIO_PASS_ENV={subject}, with all others that they need',
  },
  PRLIMIT_MISSING: {
    status: 'ERROR',
    advice: 'install util-linux, or unset TOOLYARD_STDIO_MEMORY_MB and TOOLYARD_STDIO_CPU_SECONDS',
  },
  KEYS_FILE_INVALID: {
    status: 'ERROR',
    advice: 'restore the file of API keys, or move it away and make keys anew with toolyard keys add',
  },
  NO_API_KEY: {
    status: 'WARNING',
    advice: 'no client can use the server: make a key with toolyard keys add --tenant default --scopes read,run,write',
  },
  API_KEY_EXPIRED: {
    status: 'WARNING',
    advice: 'toolyard keys revoke {id}, and toolyard keys add if it is still needed',
  },
  API_KEY_EXPIRES: {
    status: 'WARNING',
    advice: 'make another with toolyard keys add, give it to the clients of this one, and then revoke this one',
  },

  // MCP servers that cannot be asked.
  SERVERS_NOT_ASKED: {
    status: 'WARNING',
    advice: 'fix the findings above, and run toolyard doctor again',
  },
  SCOPE_MISSING: {
    status: 'WARNING',
    advice: 'use a key with the scope write: asking a server uses its secrets, and may start its command',
  },
  SERVER_VERSION_UNSUITED: {
    status: 'WARNING',
    advice: 'bring the server of --url to the version of this program',
  },
  VARIABLES_NEEDED: {
    status: 'WARNING',
    advice: 'nothing, if callers give them with each run; otherwise set defaults in its configuration',
  },
  COMMAND_NOT_FOUND: {
    status: 'ERROR',
    advice:
      'install {package} where toolyard runs, or give the absolute path of the command with toolyard update {subject}',
  },
  FOLDER_NOT_FOUND: {
    status: 'ERROR',
    advice: 'make the folder, or set another with toolyard update {subject}',
  },
  COMMAND_NOT_EXECUTABLE: {
    status: 'ERROR',
    advice: 'make it executable (chmod +x), or give another command with toolyard update {subject}',
  },
  COMMAND_FAILED: {
    status: 'ERROR',
    advice: 'run it in a terminal and see what it says: {target}',
  },
  VARIABLE_NOT_ALLOWED: {
    status: 'ERROR',
    advice:
      'let the process that serves allow it, as the message says, or take it away with toolyard update {subject} --unset-env NAME',
  },
  COMMAND_NOT_ALLOWED: {
    status: 'ERROR',
    advice: 'add the command to TOOLYARD_STDIO of the process that serves, as in TOOLYARD_STDIO={command}',
  },
  NOTHING_LISTENS: {
    status: 'ERROR',
    advice: 'start the server, or set another URL with toolyard update {subject}',
  },
  HOST_UNKNOWN: {
    status: 'ERROR',
    advice: 'check the host in {target}, and the name servers of this machine',
  },
  CERTIFICATE_REFUSED: {
    status: 'ERROR',
    advice: 'renew its certificate; for one of your own authority start toolyard with NODE_EXTRA_CA_CERTS=FILE',
  },
  ADDRESS_BLOCKED: {
    status: 'ERROR',
    advice: 'if it may be reached, add its host or range to TOOLYARD_NETWORK, as in TOOLYARD_NETWORK=public,{host}',
  },
  CONNECTION_FAILED: {
    status: 'ERROR',
    advice: 'check that it runs and can be reached from where toolyard runs: {target}',
  },
  NO_MCP_ENDPOINT: {
    status: 'ERROR',
    advice: 'check the path of {target} and its transport (http or sse), and set them with toolyard update {subject}',
  },
  TOKEN_REFUSED: {
    status: 'ERROR',
    advice: 'set another token with toolyard update {subject} --token TOKEN',
  },
  OAUTH_NOT_CONNECTED: {
    status: 'ERROR',
    advice: 'toolyard auth {subject} connects it',
  },
  OAUTH_WAITING: {
    status: 'WARNING',
    advice: 'finish it in the browser, or begin anew with toolyard auth {subject}',
  },
  OAUTH_CONSENT_NEEDED: {
    status: 'ERROR',
    advice: 'toolyard auth {subject} connects it again',
  },
  OAUTH_CREDENTIALS_REFUSED: {
    status: 'ERROR',
    advice: 'correct them at the authorization server, or set others with toolyard update {subject} --oauth',
  },
  OAUTH_REFUSED: {
    status: 'ERROR',
    advice:
      'look at what the owner was granted there, and connect it again with toolyard auth {subject}; if that does not help, report it to the authors of the server',
  },
  OAUTH_ISSUER_UNREACHABLE: {
    status: 'ERROR',
    advice:
      'check that it runs and can be reached from where toolyard runs; what was granted is kept, and works until the access token ends',
  },
  OAUTH_ISSUER_BLOCKED: {
    status: 'ERROR',
    advice: 'if it may be reached, add the host that the message names to TOOLYARD_NETWORK',
  },
  OAUTH_SCOPES_MISSING: {
    status: 'WARNING',
    advice:
      'toolyard auth {subject} asks for them; a client with its own credentials has to be allowed them at the authorization server',
  },
  OAUTH_NOT_RENEWABLE: {
    status: 'WARNING',
    advice:
      'connect it again then; some authorization servers give a refresh token for toolyard auth {subject} --scope offline_access',
  },
  SERVER_BUSY: {
    status: 'WARNING',
    advice: 'run toolyard doctor again later; if it stays busy, send it fewer requests, or raise your quota there',
  },
  SERVER_TOO_SLOW: {
    status: 'ERROR',
    advice: 'find out why it is slow; if it is always slow, raise its timeouts with toolyard update {subject}',
  },
  PROTOCOL_BROKEN: {
    status: 'ERROR',
    advice: '{target} does not speak MCP correctly: update it, or report it to its authors',
  },
  SECRET_NOT_READABLE: {
    status: 'ERROR',
    advice:
      'set it anew with toolyard update {subject}; for a variable, check that it is set and in TOOLYARD_SECRET_ENV',
  },
  SERVER_FAILED: {
    status: 'ERROR',
    advice: 'look at it with toolyard get {subject}, and at the log of the process that serves',
  },

  // MCP servers that answer.
  FAILED_BEFORE: {
    status: 'WARNING',
    advice: 'it works now; if it happens again, look at the log of the server',
  },
  TOOLS_CHANGED: {
    status: 'WARNING',
    advice: 'accept the changes with toolyard refresh {subject}',
  },
  TOOLS_REJECTED: {
    status: 'WARNING',
    advice: 'report them to the authors of the server; its other tools can be used',
  },
  SCHEMAS_INVALID: {
    status: 'WARNING',
    advice: 'model APIs refuse such tools: disable them, or report them to the authors of the server',
  },
  TOOLS_WAIT: {
    status: 'WARNING',
    advice:
      'look at them with toolyard tools {subject} --quarantined, and approve each with toolyard tools {subject}/TOOL --approve',
  },
} as const satisfies Readonly<Record<string, FindingKind>>

export type FindingCode = keyof typeof findingKinds

type FactNames<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Exclude<Name, 'subject'> | FactNames<Rest>
  : never

/** The facts that the advice for the finding needs. */
export type FactsOf<Code extends FindingCode> = Readonly<
  Record<FactNames<(typeof findingKinds)[Code]['advice']>, string>
>

/** The advice with `{subject}` and the facts filled in. */
export function adviceFor(code: FindingCode, facts: Readonly<Record<string, string>>): string {
  return findingKinds[code].advice.replace(/\{(\w+)\}/g, (text, name: string) => facts[name] ?? text)
}
