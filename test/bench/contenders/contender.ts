/** How a contender reaches the fixture. */
export type Target =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'stdio'; readonly command: string; readonly args: readonly string[] }

export interface Contender extends AsyncDisposable {
  readonly name: string
  /** The processes of its own, whose CPU counts besides this one's. */
  readonly pids: readonly number[]
  /** Calls `echo` with `message` and answers the text that came back. */
  call(message: string): Promise<string>
}

export type OpenContender = (target: Target) => Promise<Contender>
