import type { ErrorSchema } from '@rjsf/utils'

export interface ArgsIssue {
  /** JSON Pointer into the args. */
  readonly pointer: string
  readonly message: string
}

interface ErrorNode {
  readonly errors: string[]
  readonly members: Map<string, ErrorNode>
}

export function pointerSegments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const emptyNode = (): ErrorNode => ({ errors: [], members: new Map() })

function toErrorSchema({ errors, members }: ErrorNode): ErrorSchema {
  // A member that is called __proto__ is a member.
  const own = [...members].map(([name, node]) => [name, toErrorSchema(node)] as const)
  // The type of rjsf cannot say that every member but `__errors` is an ErrorSchema.
  return Object.fromEntries<unknown>([...own, ['__errors', errors]]) as ErrorSchema
}

/** The issues where a form looks for them. */
export function errorSchemaOf(issues: readonly ArgsIssue[]): ErrorSchema {
  const root = emptyNode()
  for (const { pointer, message } of issues) {
    let node = root
    for (const segment of pointerSegments(pointer)) {
      const member = node.members.get(segment) ?? emptyNode()
      node.members.set(segment, member)
      node = member
    }
    node.errors.push(message)
  }
  return toErrorSchema(root)
}
