/** Where a command shows what a person should know of a run that waits. */
export interface PauseNotes {
  note(text: string): void
  /** Says whether a question is open, which nothing may write over. */
  hold(isAsking: boolean): void
}
