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
  // A member named __proto__ is an ordinary member.
  const own = [...members].map(([name, node]) => [name, toErrorSchema(node)] as const)
  // rjsf's type cannot express that every member except `__errors` is an ErrorSchema.
  return Object.fromEntries<unknown>([...own, ['__errors', errors]]) as ErrorSchema
}

/** Converts issues to the shape in which rjsf expects errors. */
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
