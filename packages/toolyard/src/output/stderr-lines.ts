/** Maximum number of lines: enough for a crash of Node.js or Python, from the line that names the error. */
const shownLines = 20

/** The last lines that a command wrote to stderr before it failed. */
export function stderrLines(error: { readonly stderrTail: readonly string[] } | null): readonly string[] {
  return (error?.stderrTail ?? []).filter((line) => line.trim() !== '').slice(-shownLines)
}
