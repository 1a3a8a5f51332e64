// The tables of audit.db. Migrations are only ever appended.

/** `PRAGMA application_id`: "bwau". */
export const JOURNAL_APPLICATION_ID = 0x62_77_61_75

/**
 * Acts about what ends by itself, as they are written (canonical: `act` comes first): an ended token, a completed task. A text that is no JSON has no end, and
 * is left for whoever reads the acts to refuse.
 */
export const LAPSES = `substr(act, 1, 17) IN ('{"act":"complete"', '{"act":"revoke_to')`
export const LAPSED_AT = `CASE WHEN json_valid(act) THEN json_extract(act, '$.untilSeconds') END`

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
  `CREATE INDEX ledger_ended_token ON ledger_act (CASE WHEN json_valid(act) THEN json_extract(act, '$.untilSeconds') END)
   WHERE act GLOB '{"act":"revoke_token",*';`,
  // Completions did not say when their task would have ended: later than any task can.
  `UPDATE ledger_act SET act = json_set(act, '$.untilSeconds', json_extract(act, '$.atMs') / 1000 + 31536000)
   WHERE act GLOB '{"act":"complete",*' AND json_valid(act) AND json_extract(act, '$.untilSeconds') IS NULL;
   DROP INDEX ledger_ended_token;
   CREATE INDEX ledger_lapsing ON ledger_act (${LAPSED_AT}) WHERE ${LAPSES};`,
]
