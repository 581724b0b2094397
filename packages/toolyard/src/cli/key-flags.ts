export interface FileFlags {
  readonly file?: string
  readonly json?: boolean
}
export interface AddFlags extends FileFlags {
  readonly tenant?: string
  readonly scopes: string
  readonly expires?: string
  readonly name?: string
}

export const keyFileVariable = 'TOOLYARD_API_KEYS'

export function withCommas(names: readonly string[]): string {
  return `${names.join(', ')}, with commas between them`
}
