// The tables of audit.db. Migrations are only ever appended.

/** `PRAGMA application_id`: "bwau". */
export const JOURNAL_APPLICATION_ID = 0x62_77_61_75

/** Of acts as they are written (canonical: `act` comes first). A text that is no JSON has no end, and is left for whoever reads the acts to refuse. */
export const IS_ENDED_TOKEN = `act GLOB '{"act":"revoke_token",*'`
export const ENDED_UNTIL = `CASE WHEN json_valid(act) THEN json_extract(act, '$.untilSeconds') END`

/**
 * `record.body` is the exact text that was hashed; the other columns are copies for the indexes, and verification compares them with it.
 * `record_one_allow` makes the database refuse a second allow of one decision: the rule does not rest on the walks alone.
 * Indexes end in the rowid (`seq`), so each also serves "newest first".
 */
export const JOURNAL_MIGRATIONS: readonly string[] = [
  `CREATE TABLE record (
     seq INTEGER PRIMARY KEY,
     id TEXT NOT NULL,
     decision_id TEXT NOT NULL,
     kind TEXT NOT NULL,
     effect TEXT NOT NULL,
     reason TEXT,
     task_id TEXT,
     sub TEXT,
     resource TEXT,
     hash TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX record_one_allow ON record (decision_id, kind) WHERE effect <> 'deny';
   CREATE INDEX record_decision ON record (decision_id);
   CREATE INDEX record_task ON record (task_id) WHERE task_id IS NOT NULL;
   CREATE INDEX record_sub ON record (sub) WHERE sub IS NOT NULL;
   CREATE INDEX record_reason ON record (reason) WHERE reason IS NOT NULL;
   CREATE INDEX record_effect ON record (effect, kind);
   CREATE TABLE ledger_mark (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     store_id TEXT NOT NULL,
     epoch INTEGER NOT NULL,
     revision INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE ledger_act (
     n INTEGER PRIMARY KEY AUTOINCREMENT,
     act TEXT NOT NULL UNIQUE
   ) STRICT;`,
  `CREATE INDEX ledger_ended_token ON ledger_act (${ENDED_UNTIL}) WHERE ${IS_ENDED_TOKEN};`,
]
