// The tables of the embedded store (docs/state.md describes them). STRICT, so that SQLite itself refuses a value of the wrong type.
// Migrations are only ever appended: a file in the field has run a prefix of this list.

/** `Bwts` in ASCII, as `PRAGMA application_id`: opening any other SQLite file as a task store is refused. */
export const APPLICATION_ID = 0x42777473

/**
 * Rows of `task_scope` under this kind only say which tasks may use a resource, for counting. The name is no revocation kind, so a cut-off
 * of a resource never matches them: it ends tasks for that resource, not whole tasks.
 */
export const USES_RESOURCE = 'uses_resource'

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    store_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    cut_epoch INTEGER NOT NULL,
    cut_revision INTEGER NOT NULL,
    holds INTEGER NOT NULL CHECK (holds >= 0),
    spent_through INTEGER NOT NULL,
    forgot_at INTEGER NOT NULL,
    checkpointing TEXT NOT NULL,
    base_epoch INTEGER NOT NULL,
    base_revision INTEGER NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, 'store_' || lower(hex(randomblob(16))), 1, 0, 0, 0, 0, 0, 0, 'first', 0, 0);

  CREATE TABLE task (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    parent_id TEXT,
    path TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'completed', 'revoked')),
    version INTEGER NOT NULL,
    created_epoch INTEGER NOT NULL,
    created_revision INTEGER NOT NULL,
    root_epoch INTEGER NOT NULL,
    root_revision INTEGER NOT NULL,
    sub TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_by TEXT,
    end_reason TEXT,
    end_in_ledger INTEGER NOT NULL DEFAULT 0 CHECK (end_in_ledger IN (0, 1)),
    facts TEXT NOT NULL
  ) STRICT;
  CREATE INDEX task_by_sub ON task (sub, seq);
  CREATE INDEX task_by_agent ON task (agent_id, seq);
  CREATE INDEX task_by_parent ON task (parent_id, seq) WHERE parent_id IS NOT NULL;

  CREATE TABLE task_scope (
    task INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (task, kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX task_scope_by_scope ON task_scope (kind, id, task);

  CREATE TABLE scope (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    cut_at_ms INTEGER NOT NULL,
    unlifted INTEGER NOT NULL CHECK (unlifted >= 0),
    holds INTEGER NOT NULL CHECK (holds >= 0),
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE revocation (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    hold INTEGER NOT NULL CHECK (hold IN (0, 1)),
    hold_kind TEXT,
    hold_id TEXT,
    set_by TEXT NOT NULL,
    set_at_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    ended_tasks INTEGER NOT NULL,
    in_ledger INTEGER NOT NULL CHECK (in_ledger IN (0, 1)),
    lifted_by TEXT,
    lifted_at_ms INTEGER
  ) STRICT;

  CREATE TABLE revoked_token (
    jti TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    in_ledger INTEGER NOT NULL CHECK (in_ledger IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX revoked_token_by_until ON revoked_token (until);

  CREATE TABLE spent (
    key TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX spent_by_until ON spent (until);
  `,
  'ALTER TABLE meta ADD COLUMN clock_ms INTEGER NOT NULL DEFAULT 0;',
]
