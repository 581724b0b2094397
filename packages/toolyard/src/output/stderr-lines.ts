/** Lines of a crash of Node.js or Python, from the one that names the error on. */
const shownLines = 20

/** What a command wrote to stderr before it failed, the end of it. */
export function stderrLines(error: { readonly stderrTail: readonly string[] } | null): readonly string[] {
  return (error?.stderrTail ?? []).filter((line) => line.trim() !== '').slice(-shownLines)
}
