// The only file that names node:sqlite. Its classes are DatabaseSync/StatementSync up to Node 26.10 and Database/Statement after; either works.
import * as sqlite from 'node:sqlite'

export type NodeDatabase = InstanceType<typeof sqlite.DatabaseSync>
export type NodeStatement = ReturnType<NodeDatabase['prepare']>
export type NodeDatabaseOptions = NonNullable<ConstructorParameters<typeof sqlite.DatabaseSync>[1]>

type NodeDatabaseClass = typeof sqlite.DatabaseSync

function isDatabaseClass(value: unknown): value is NodeDatabaseClass {
  return typeof value === 'function'
}

function databaseClass(): NodeDatabaseClass {
  const renamed: unknown = Reflect.get(sqlite, 'Database')
  return isDatabaseClass(renamed) ? renamed : sqlite.DatabaseSync
}

export function newNodeDatabase(path: string | URL, options: NodeDatabaseOptions): NodeDatabase {
  return new (databaseClass())(path, options)
}
