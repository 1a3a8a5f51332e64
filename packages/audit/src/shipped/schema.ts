// The tables of shipped.db. Migrations are only ever appended.

/** `PRAGMA application_id`: "bwsh". */
export const SHIPPED_APPLICATION_ID = 0x62_77_73_68

/**
 * `record.body` is the exact text the node hashed. Records are ordered by id (UUIDv7: by time) for people, by seq within a node for the chain.
 * `node` holds where each copy ends, how many records are known to be missing in it, and from where on its records carry the node's present name.
 */
export const SHIPPED_MIGRATIONS: readonly string[] = [
  `CREATE TABLE record (
     node TEXT NOT NULL,
     seq INTEGER NOT NULL,
     id TEXT NOT NULL,
     decision_id TEXT NOT NULL,
     kind TEXT NOT NULL,
     effect TEXT NOT NULL,
     reason TEXT,
     task_id TEXT,
     sub TEXT,
     resource TEXT,
     hash TEXT NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (node, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX record_id ON record (id);
   CREATE INDEX record_decision ON record (decision_id, id);
   CREATE INDEX record_task ON record (task_id, id) WHERE task_id IS NOT NULL;
   CREATE INDEX record_sub ON record (sub, id) WHERE sub IS NOT NULL;
   CREATE INDEX record_reason ON record (reason, id) WHERE reason IS NOT NULL;
   CREATE TABLE node (
     node TEXT PRIMARY KEY,
     seq INTEGER NOT NULL,
     hash TEXT NOT NULL,
     missing INTEGER NOT NULL
   ) STRICT;`,
  `ALTER TABLE node ADD COLUMN own_seq INTEGER;
   UPDATE node SET own_seq = 1;
   DROP INDEX record_id;
   CREATE INDEX record_id ON record (id);`,
]
