// The tools of an MCP server, pinned: what a server lists, the reviewed file it is compared with, and its input schemas compiled into checks.
// Decides nothing about who may call. Asking a live server is in `./live`: it takes the MCP client, which weighs more than all the rest.
export { compileTools } from './compile-tools.ts'
export type { CompiledResult, CompiledTools, ToolProblem } from './compile-tools.ts'
export { compareTools } from './file/compare-tools.ts'
export type { ChangedPlace, ToolChange } from './file/compare-tools.ts'
export { toListedTool } from './file/listed-tool.ts'
export type { ListedTool } from './file/listed-tool.ts'
export { makeToolsFile, parseToolsFile, writeToolsFile } from './file/tools-file.ts'
export type { ParsedToolsFile, PinnedTool, ToolsFile } from './file/tools-file.ts'
export { openToolRegistry, readToolsFile, ToolsFileError } from './registry.ts'
export type { ReadToolsFile, RegisteredTools, ToolRegistry, ToolVerdict } from './registry.ts'
export { watchTools } from './watch-tools.ts'
export type { ToolWatch, WatchDeps, WatchedServer, WatchedTools } from './watch-tools.ts'
