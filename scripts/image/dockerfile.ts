export interface Instruction {
  /** In capitals. */
  readonly keyword: string
  /** What comes after it, without flags; lines that go on are one. */
  readonly text: string
  /** `--from=build` and the like, by name. */
  readonly flags: Readonly<Record<string, string>>
}

export interface Stage {
  readonly image: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

const isComment = (line: string) => /^\s*#/.test(line)

/** Instructions that go over several lines as one line each. */
function joinedLines(text: string): string[] {
  const joined: string[] = []
  let open = ''
  for (const line of text.split('\n').filter((each) => !isComment(each))) {
    open += line.replace(/\\\s*$/, ' ')
    if (/\\\s*$/.test(line)) continue
    if (open.trim() !== '') joined.push(open.trim())
    open = ''
  }
  return joined
}

function parseInstruction(line: string): Instruction {
  const [, keyword = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(line) ?? []
  const [flagText = ''] = /^(?:--\w[\w-]*=\S+\s+)*/.exec(rest) ?? []
  const flags = Object.fromEntries([...flagText.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name, value]) => [name, value]))
  return { keyword: keyword.toUpperCase(), text: rest.slice(flagText.length).trim(), flags }
}

/** `NAME=value` pairs of ENV, ARG and LABEL; a value may stand in double quotes. */
export function pairsOf(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)].map(([, name = '', quoted, plain]) => [
    name,
    quoted ?? plain ?? '',
  ])
}

/** The JSON array of ENTRYPOINT, CMD and a health check; undefined where it is in the form of a shell. */
export function commandOf(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined
  const command: unknown = JSON.parse(text)
  return Array.isArray(command) ? command.map(String) : undefined
}

const substitute = (text: string, values: Readonly<Record<string, string>>) =>
  text.replace(/\$\{(\w+)\}/g, (all, name: string) => values[name] ?? all)

export function parseDockerfile(text: string): readonly Stage[] {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = []
  const args: Record<string, string> = {}
  for (const instruction of joinedLines(text).map(parseInstruction)) {
    const stage = stages.at(-1)
    if (instruction.keyword === 'FROM') {
      const [image = '', , name] = substitute(instruction.text, args).split(/\s+/)
      stages.push({ image, name, instructions: [] })
    } else if (stage) stage.instructions.push(instruction)
    else for (const [name, value] of pairsOf(instruction.text)) args[name] = value
  }
  return stages
}
