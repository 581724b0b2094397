/** A tool by id, or by the names of its server and itself. */
export type ToolRef = { readonly id: string } | { readonly server: string; readonly tool: string }
