-- The whole database of a Transom desk, as a new file is created: people, channels, contacts,
-- conversations, messages, what comes in, what goes out, what happened.
--
-- Times are milliseconds since 1970 in UTC. Ids are never given twice (AUTOINCREMENT), so that nothing
-- old can point at something new. Every table is STRICT. An index stands beside the query that needs it; SQLite
-- ends each entry with the id of its row, so that no index names it last.

-- Settings of the desk: the team's name, its language and time zone, and switches. --------------------
CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The people who sign in. ------------------------------------------------------------------------------
CREATE TABLE agent (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT NOT NULL UNIQUE,               -- lower case
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'admin')),
    password_hash TEXT NOT NULL DEFAULT '',           -- argon2id; empty: cannot sign in by password
    language      TEXT,                               -- NULL: follows the browser
    time_zone     TEXT,                               -- NULL: the team's
    theme         TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    keys          INTEGER NOT NULL DEFAULT 1,         -- single-letter keys work
    keymap        TEXT NOT NULL DEFAULT '{}',         -- chosen keys, JSON, see domain/keys.rs
    enter_sends   INTEGER NOT NULL DEFAULT 1,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;

-- A signed-in browser. Only a hash of its token is kept, so that a copied file lets nobody in.
CREATE TABLE session (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash    BLOB NOT NULL UNIQUE,
    previous_hash BLOB,                               -- the token before the last rotation, accepted a moment longer
    agent_id      INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    created_at    INTEGER NOT NULL,
    rotated_at    INTEGER NOT NULL,
    used_at       INTEGER NOT NULL,
    confirmed_at  INTEGER,                            -- the browser has shown the present token
    form_token    TEXT,                               -- NULL: derived from the first token
    peer          TEXT NOT NULL DEFAULT '',
    user_agent    TEXT NOT NULL DEFAULT '',
    provider      INTEGER NOT NULL DEFAULT 0 CHECK (provider IN (0, 1)),  -- begun by the provider of identities
    strange       INTEGER NOT NULL DEFAULT 0 CHECK (strange IN (0, 1)),   -- begun on a browser not seen before
    told          INTEGER NOT NULL DEFAULT 0          -- the newest session of a strange browser that was told of here
) STRICT;
CREATE INDEX session_agent ON session (agent_id);
CREATE INDEX session_previous ON session (previous_hash) WHERE previous_hash IS NOT NULL;

-- Browsers on which somebody has signed in before: they get in while strangers guess at the account.
CREATE TABLE device (
    token_hash BLOB NOT NULL,
    agent_id   INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    used_at    INTEGER NOT NULL,
    trusted_until INTEGER,                            -- no code is asked for on it until then
    PRIMARY KEY (token_hash, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_agent ON device (agent_id);

-- Second factors: the secret of an authenticator app, and codes for who has lost it.
CREATE TABLE second_factor (
    agent_id     INTEGER NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    secret       BLOB NOT NULL,                       -- sealed with the key file
    begun_at     INTEGER NOT NULL,
    confirmed_at INTEGER,                             -- NULL: not asked for yet
    last_step    INTEGER NOT NULL DEFAULT 0           -- the last half minute whose code was used
) STRICT;
CREATE TABLE recovery_code (
    agent_id  INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    code_hash BLOB NOT NULL,
    used_at   INTEGER,
    PRIMARY KEY (agent_id, code_hash)
) STRICT, WITHOUT ROWID;
-- Sign-ins whose password was right and that wait for the code.
CREATE TABLE half_sign_in (
    token_hash BLOB NOT NULL PRIMARY KEY,
    agent_id   INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    checked    TEXT NOT NULL,                         -- the hash that the password was checked against
    begun_at   INTEGER NOT NULL,
    provider   INTEGER NOT NULL DEFAULT 0 CHECK (provider IN (0, 1))      -- proved by the provider of identities
) STRICT, WITHOUT ROWID;
CREATE INDEX half_sign_in_agent ON half_sign_in (agent_id);
CREATE INDEX half_sign_in_begun ON half_sign_in (begun_at);

-- Accounts at a provider of identities (OpenID Connect), each tied to one person: by issuer and subject, never by
-- an address, which a provider may give to somebody else one day.
CREATE TABLE identity (
    issuer   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    agent_id INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    tied_at  INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_agent ON identity (agent_id, issuer);

-- Links with which somebody sets a password once: an invitation, or a way back in.
CREATE TABLE invitation (
    agent_id   INTEGER NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;

-- Attempts to sign in, by account and by address, that slow down who guesses. Survives a restart.
CREATE TABLE attempt (
    key      TEXT NOT NULL PRIMARY KEY,               -- 'account:ana@example.org', 'peer:192.0.2.1'
    failures INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_first ON attempt (first_at);

-- Mails to somebody about the own account. What ended stays for a day, so that the same is not told twice at once.
CREATE TABLE alert (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id   INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('new_browser', 'password_changed', 'factor_off')),
    peer       TEXT NOT NULL DEFAULT '',
    browser    TEXT NOT NULL DEFAULT '',
    key        TEXT NOT NULL,
    attempt    INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;
CREATE INDEX alert_agent ON alert (agent_id, kind, created_at);
CREATE INDEX alert_due ON alert (due_at) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at) WHERE ended_at IS NOT NULL;

-- What programs sign in with.
CREATE TABLE api_token (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id   INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_token_agent ON api_token (agent_id);

-- Shares of the work. -----------------------------------------------------------------------------------
CREATE TABLE queue (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    mode       TEXT NOT NULL DEFAULT 'shared' CHECK (mode IN ('shared', 'assign', 'offer')),
    rules      TEXT NOT NULL DEFAULT '{}',            -- what an administrator decided, JSON, see domain/queue.rs
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE queue_member (
    queue_id INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    agent_id INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    PRIMARY KEY (queue_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_member_agent ON queue_member (agent_id);

-- Offered work: who takes what, and what is held out to whom. A team without queues never sees it. ----------
-- How much of which type somebody takes at once.
CREATE TABLE profile (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE,
    blend         TEXT NOT NULL CHECK (blend IN ('blended', 'blended_real_time', 'exclusive')),
    capacity      TEXT NOT NULL,                      -- JSON: media to how many
    outbound      TEXT NOT NULL,                      -- JSON: the kinds on which conversations may be begun
    outbound_most INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
-- The profile of one agent, where it is not the team's.
CREATE TABLE agent_profile (
    agent_id   INTEGER NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    profile_id INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX agent_profile_profile ON agent_profile (profile_id);

-- Why people do not take work.
CREATE TABLE idle_reason (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    archived_at INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;
-- Whether somebody takes work of a type. No row: idle since always.
CREATE TABLE availability (
    agent_id         INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    media            TEXT NOT NULL CHECK (media IN ('telephony', 'chat', 'social', 'email')),
    state            TEXT NOT NULL CHECK (state IN ('available', 'idle', 'rona')),
    reason_id        INTEGER REFERENCES idle_reason (id),
    since            INTEGER NOT NULL,
    wanted           TEXT CHECK (wanted IN ('available', 'idle')),  -- holds when the present work has ended
    wanted_reason_id INTEGER REFERENCES idle_reason (id),
    PRIMARY KEY (agent_id, media)
) STRICT, WITHOUT ROWID;

-- Work that is held out to somebody. At most one of each kind waits for a conversation.
CREATE TABLE offer (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    agent_id        INTEGER NOT NULL REFERENCES agent (id),
    kind            TEXT NOT NULL CHECK (kind IN ('queue', 'transfer', 'conference')),
    queue_id        INTEGER REFERENCES queue (id) ON DELETE SET NULL,
    from_id         INTEGER REFERENCES agent (id),    -- who asks, for a transfer or a conference
    note            TEXT NOT NULL DEFAULT '',
    why             TEXT NOT NULL DEFAULT '',         -- why it went to this person
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'declined', 'expired', 'withdrawn', 'recalled')),
    offered_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    settled_at      INTEGER                           -- when who asked had seen to it
) STRICT;
CREATE UNIQUE INDEX offer_waiting ON offer (conversation_id, kind) WHERE state = 'waiting';
CREATE INDEX offer_agent ON offer (agent_id) WHERE state = 'waiting';
CREATE INDEX offer_due ON offer (expires_at) WHERE state = 'waiting';
-- What somebody asked of colleagues: what waits, and what came back.
CREATE INDEX offer_asked ON offer (from_id) WHERE from_id IS NOT NULL AND settled_at IS NULL;
-- Who let a conversation pass, and when somebody was last asked.
CREATE INDEX offer_conversation ON offer (conversation_id);
CREATE INDEX offer_queue ON offer (queue_id, agent_id, offered_at) WHERE queue_id IS NOT NULL;

-- Who writes along in a conversation that another agent has.
CREATE TABLE participant (
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    agent_id        INTEGER NOT NULL REFERENCES agent (id),
    invited_by      INTEGER NOT NULL REFERENCES agent (id),  -- who alone may end it (X4)
    joined_at       INTEGER NOT NULL,
    left_at         INTEGER,
    PRIMARY KEY (conversation_id, agent_id, joined_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX participant_agent ON participant (agent_id, joined_at) WHERE left_at IS NULL;

-- The connected accounts (entry points). ----------------------------------------------------------------
CREATE TABLE channel (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL CHECK (kind IN ('whatsapp', 'messenger', 'instagram', 'telegram', 'line', 'viber',
                    'wechat', 'tiktok', 'sms', 'email', 'webchat', 'custom', 'simulator')),
    name        TEXT NOT NULL,
    key         TEXT NOT NULL UNIQUE,                 -- the public word for it, as in /chat/KEY
    settings    TEXT NOT NULL DEFAULT '{}',           -- JSON object; no secrets
    secrets     BLOB,                                 -- JSON object, sealed with the key file
    card        TEXT NOT NULL,                        -- what it can do: JSON, made by its file in channels/
    state       TEXT NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled', 'broken')),
    problem     TEXT,                                 -- why it is broken, in the provider's words
    queue_id    INTEGER REFERENCES queue (id) ON DELETE SET NULL,
    on_close    TEXT NOT NULL DEFAULT 'keep' CHECK (on_close IN ('keep', 'unassign')),
    on_return   TEXT NOT NULL DEFAULT 'reopen' CHECK (on_return IN ('reopen', 'new')),
    cursor      TEXT NOT NULL DEFAULT '',             -- how far a polled channel has been read
    received_at INTEGER,
    sent_at     INTEGER,
    created_at  INTEGER NOT NULL,
    -- Two things of the card that every page asks for.
    speaks_as   TEXT NOT NULL GENERATED ALWAYS AS (ifnull(card ->> '$.speaks_as', kind)) STORED,
    starts      INTEGER NOT NULL GENERATED ALWAYS AS ((card ->> '$.starts_with') IS NOT NULL) STORED
) STRICT;

-- How channels do: learnt with each delivery and by asking the provider once a day; never counted.
CREATE TABLE checkup (
    channel_id INTEGER NOT NULL PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    silence    INTEGER,                               -- how long a silence usually is, in milliseconds
    checked_at INTEGER,                               -- when the provider was last asked
    failures   INTEGER NOT NULL DEFAULT 0,            -- how many checks in a row found something wrong
    wrong      TEXT NOT NULL DEFAULT '[]',            -- what the last one found, JSON
    access_until INTEGER,                             -- when the provider ends our access; NULL: not known, or never
    access_due   INTEGER                              -- when to ask for that again, or to renew it; NULL: now
) STRICT;

-- Prepared texts: saved replies of the team, and templates that a provider approved. -------------------
CREATE TABLE template (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id INTEGER REFERENCES channel (id) ON DELETE CASCADE,   -- NULL: for every channel
    name       TEXT NOT NULL,
    language   TEXT NOT NULL,
    category   TEXT NOT NULL DEFAULT '',
    body       TEXT NOT NULL,
    components TEXT NOT NULL DEFAULT 'null',          -- the provider's own description, JSON
    status     TEXT NOT NULL CHECK (status IN ('own', 'approved', 'pending', 'rejected', 'paused', 'disabled')),
    reason     TEXT,
    locked     INTEGER NOT NULL DEFAULT 0,
    synced_at  INTEGER,
    created_at INTEGER NOT NULL,
    stage      TEXT NOT NULL DEFAULT 'any' CHECK (stage IN ('any', 'start', 'follow_up', 'end')),
    kind       TEXT,                                  -- only on channels of this kind; NULL: on all
    queue_id   INTEGER REFERENCES queue (id) ON DELETE SET NULL,    -- only in this queue; NULL: in all
    guarded    INTEGER NOT NULL DEFAULT 0,            -- only administrators change it
    fills      TEXT NOT NULL DEFAULT '{}',            -- JSON: a gap to what the desk puts there by itself
    version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX template_name ON template (ifnull(channel_id, 0), name, language);

-- What a prepared text said from then on; a message names the version that it was made from.
CREATE TABLE template_version (
    template_id INTEGER NOT NULL REFERENCES template (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    agent_id    INTEGER REFERENCES agent (id) ON DELETE SET NULL,   -- NULL: the provider, or the machine itself
    name        TEXT NOT NULL,
    language    TEXT NOT NULL,
    category    TEXT NOT NULL,
    stage       TEXT NOT NULL,
    body        TEXT NOT NULL,
    locked      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (template_id, number)
) STRICT, WITHOUT ROWID;

-- The people who write to us. -----------------------------------------------------------------------------
CREATE TABLE contact (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    language     TEXT,
    about        TEXT NOT NULL DEFAULT '',
    dedicated_id INTEGER REFERENCES agent (id) ON DELETE SET NULL,  -- the agent who looks after this person
    blocked_at   INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    picture      TEXT                                 -- face.key of the newest address that has one, kept by triggers
) STRICT;

-- What contacts were called before, each name up to an entry of the log, which holds no names itself.
CREATE TABLE earlier_name (
    contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    event_id   INTEGER NOT NULL,                      -- the newest entry under this name
    name       TEXT NOT NULL,
    PRIMARY KEY (contact_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER contact_renamed AFTER UPDATE OF name ON contact WHEN old.name <> new.name BEGIN
    INSERT INTO earlier_name (contact_id, event_id, name)
    VALUES (old.id, (SELECT id FROM newest), old.name) ON CONFLICT DO NOTHING;
END;

-- Ways to reach them. A value means the same person only within its scope: 0 for everywhere, otherwise
-- the channel account that gave it.
CREATE TABLE address (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    scope      INTEGER NOT NULL DEFAULT 0,
    value      TEXT NOT NULL,                         -- E.164, lower-case e-mail, provider's id
    verified   INTEGER NOT NULL DEFAULT 0,
    opted_out_at INTEGER,                             -- asked not to be written to
    agreed_at  INTEGER,                               -- said that one may
    consent_source TEXT NOT NULL DEFAULT '',          -- where the latest word on it comes from; '': nobody said any
    created_at INTEGER NOT NULL,
    UNIQUE (kind, scope, value)
) STRICT;
CREATE INDEX address_contact ON address (contact_id);

-- What a channel tells of the person behind an address: asked when the person first writes, and again when the
-- person writes after a long time. It goes with the address, and so with the contact.
CREATE TABLE face (
    address_id INTEGER NOT NULL UNIQUE REFERENCES address (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,  -- who is asked
    gave       TEXT NOT NULL DEFAULT '',              -- the contact's name, if the channel gave it; '': people did
    asked_at   INTEGER,                               -- when the provider last answered
    attempts   INTEGER NOT NULL DEFAULT 0,            -- since then
    due_at     INTEGER,                               -- when to ask; NULL: not before the person writes again
    key        TEXT,                                  -- the word in the picture's URL; a new picture has a new one
    media_type TEXT,
    picture    BLOB                                   -- some kilobytes: one size that faces need
) STRICT;
CREATE INDEX face_channel ON face (channel_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX face_of ON face (channel_id);
CREATE UNIQUE INDEX face_key ON face (key) WHERE key IS NOT NULL;

-- Fifty rows of a list show fifty pictures, so that each contact knows its own.
CREATE VIEW picture_of AS
SELECT c.id AS contact_id, (SELECT f.key FROM address a JOIN face f ON f.address_id = a.id
    WHERE a.contact_id = c.id AND f.key IS NOT NULL ORDER BY a.id DESC LIMIT 1) AS key
FROM contact c;
CREATE TRIGGER face_pictured AFTER INSERT ON face WHEN new.key IS NOT NULL BEGIN
    UPDATE contact SET picture = (SELECT key FROM picture_of p WHERE p.contact_id = contact.id)
    WHERE id = (SELECT contact_id FROM address WHERE id = new.address_id);
END;
CREATE TRIGGER face_changed AFTER UPDATE OF key ON face WHEN new.key IS NOT old.key BEGIN
    UPDATE contact SET picture = (SELECT key FROM picture_of p WHERE p.contact_id = contact.id)
    WHERE id = (SELECT contact_id FROM address WHERE id = new.address_id);
END;
CREATE TRIGGER face_gone AFTER DELETE ON face WHEN old.key IS NOT NULL BEGIN
    UPDATE contact SET picture = (SELECT key FROM picture_of p WHERE p.contact_id = contact.id)
    WHERE id = (SELECT contact_id FROM address WHERE id = old.address_id);
END;
CREATE TRIGGER address_passed AFTER UPDATE OF contact_id ON address WHEN new.contact_id <> old.contact_id
AND EXISTS (SELECT 1 FROM face WHERE address_id = new.id AND key IS NOT NULL) BEGIN
    UPDATE contact SET picture = (SELECT key FROM picture_of p WHERE p.contact_id = contact.id)
    WHERE id IN (old.contact_id, new.contact_id);
END;
CREATE TRIGGER address_gone AFTER DELETE ON address BEGIN
    UPDATE contact SET picture = (SELECT key FROM picture_of p WHERE p.contact_id = contact.id)
    WHERE id = old.contact_id AND picture IS NOT NULL;
END;

-- Two contacts who may be one person: a channel named an address of the one for the other, they have a number or a
-- full name in common; or somebody said that they are two. Found when a name or an address comes, so that nobody ever
-- compares all with all. The lower number stands first.
CREATE TABLE likeness (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id   INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    other_id     INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    address_id   INTEGER REFERENCES address (id) ON DELETE CASCADE,  -- what says so; NULL: the name
    dismissed_at INTEGER,                             -- when somebody said that they are two
    UNIQUE (contact_id, other_id)
) STRICT;
CREATE INDEX likeness_other ON likeness (other_id);
CREATE INDEX likeness_address ON likeness (address_id) WHERE address_id IS NOT NULL;
-- A page of those that nobody has judged yet, the newest first.
CREATE INDEX likeness_open ON likeness (id) WHERE dismissed_at IS NULL;

-- Full names as they are compared: folded, and the words in one order. Made anew from the contacts.
CREATE TABLE namesake (
    contact_id INTEGER NOT NULL PRIMARY KEY REFERENCES contact (id) ON DELETE CASCADE,
    name       TEXT NOT NULL
) STRICT;
CREATE INDEX namesake_name ON namesake (name);

-- Fields of the team's own, and what contacts have in them.
CREATE TABLE field (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'yes', 'choice')),
    choices    TEXT NOT NULL DEFAULT '[]',            -- JSON array of texts
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE field_value (
    contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    field_id   INTEGER NOT NULL REFERENCES field (id) ON DELETE CASCADE,
    value      TEXT NOT NULL,                         -- in its normal form, see domain/field.rs
    sought     TEXT,                                  -- by which an exact search finds it
    PRIMARY KEY (contact_id, field_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX field_value_sought ON field_value (sought, contact_id) WHERE sought IS NOT NULL;
CREATE INDEX field_value_field ON field_value (field_id);

-- Mergers of contacts while they can be taken back: what was, which the log does not keep, because it holds nothing of a
-- person.
CREATE TABLE merger (
    event_id   INTEGER NOT NULL PRIMARY KEY,          -- the entry of the log that tells of it
    contact_id INTEGER NOT NULL,                      -- who stayed; may itself have been merged into another since
    other_id   INTEGER NOT NULL,                      -- who went
    at         INTEGER NOT NULL,
    kept       TEXT NOT NULL                          -- JSON: what was, see domain/merger.rs
) STRICT;
CREATE INDEX merger_contact ON merger (contact_id, event_id);
CREATE INDEX merger_at ON merger (at);

-- Conditions over contacts under a name, for one supervisor or for all.
CREATE TABLE segment (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id   INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    shared     INTEGER NOT NULL DEFAULT 0,
    rules      TEXT NOT NULL,                         -- JSON array, see domain/segment.rs
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX segment_owner ON segment (owner_id);

-- What the search knows of each contact: its name and its addresses, folded (see domain/search.rs). Made anew from them.
CREATE TABLE contact_text (
    contact_id INTEGER NOT NULL PRIMARY KEY REFERENCES contact (id) ON DELETE CASCADE,
    text       TEXT NOT NULL
) STRICT;
-- The search itself. Both tables are made of that text and hold no copy of it:
-- words, cut there as well, and their beginnings in the one, any three letters or digits in a row in the other. Beginnings
-- without an index of their own are put together from every word that begins so, all hits of it at once.
CREATE VIRTUAL TABLE contact_words USING fts5 (
    text, content = '', contentless_delete = 1, detail = column, prefix = '1 2 3 4 5 6', tokenize = "ascii tokenchars '@._+-'"
);
CREATE VIRTUAL TABLE contact_parts USING fts5 (
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);

-- Leave to write: the latest grant of each kind that a person gave on an entry point. ------------------
CREATE TABLE window_grant (
    address_id   INTEGER NOT NULL REFERENCES address (id) ON DELETE CASCADE,
    channel_id   INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL,                       -- 'message' or 'lasting'
    opened_at    INTEGER NOT NULL,                    -- by the provider's clock
    closes_at    INTEGER NOT NULL,
    person_until INTEGER,
    sends_left   INTEGER,
    sends        INTEGER,                             -- how many it allowed at first
    message_id   INTEGER,                             -- what opened it
    PRIMARY KEY (address_id, channel_id, kind)
) STRICT, WITHOUT ROWID;

-- Threads. ------------------------------------------------------------------------------------------------
CREATE TABLE conversation (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id       INTEGER NOT NULL REFERENCES contact (id),
    channel_id       INTEGER NOT NULL REFERENCES channel (id),
    address_id       INTEGER NOT NULL REFERENCES address (id),
    thread           TEXT NOT NULL DEFAULT '',        -- tells threads of one person apart (mail)
    subject          TEXT NOT NULL DEFAULT '',
    status           TEXT NOT NULL CHECK (status IN ('open', 'snoozed', 'closed')),
    assignee_id      INTEGER REFERENCES agent (id),
    queue_id         INTEGER REFERENCES queue (id) ON DELETE SET NULL,
    snoozed_until    INTEGER,
    last_message_at  INTEGER NOT NULL,
    last_message_id  INTEGER,
    priority         INTEGER NOT NULL DEFAULT 0,       -- -1 low, 0 none, 1 high, 2 urgent
    rank             INTEGER GENERATED ALWAYS AS (priority * 100000000000000 + last_message_at) VIRTUAL,
    snippet          TEXT NOT NULL DEFAULT '',
    snippet_ours     INTEGER NOT NULL DEFAULT 0,
    unread           INTEGER NOT NULL DEFAULT 0,
    waiting_since    INTEGER,
    window_closes_at INTEGER,
    failed           INTEGER NOT NULL DEFAULT 0,
    episode          INTEGER NOT NULL DEFAULT 1,
    previous_id      INTEGER REFERENCES conversation (id),
    side_of_id       INTEGER REFERENCES conversation (id),  -- the conversation beside which somebody else was asked
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
-- A page of All, newest or oldest first.
CREATE INDEX conversation_folder ON conversation (status, last_message_at, id, contact_id);
-- A page of Mine and of Unassigned (assignee_id IS NULL).
CREATE INDEX conversation_mine ON conversation (assignee_id, status, last_message_at, id, contact_id);
-- A page of a queue, and of what lies in none.
CREATE INDEX conversation_queue ON conversation (queue_id, status, last_message_at, id, contact_id);
-- A page of one entry point.
CREATE INDEX conversation_channel ON conversation (channel_id, status, last_message_at);
-- Waiting longest first.
CREATE INDEX conversation_waiting ON conversation (status, waiting_since) WHERE waiting_since IS NOT NULL;
-- Window closing soonest first.
CREATE INDEX conversation_closing ON conversation (status, window_closes_at) WHERE window_closes_at IS NOT NULL;
-- The pressing first, and within the same priority the latest.
CREATE INDEX conversation_rank ON conversation (status, rank) WHERE priority <> 0;
-- The conversations of one contact, with what a search asks of each; the thread that an inbound message belongs to.
CREATE INDEX conversation_contact
    ON conversation (contact_id, last_message_at, id, status, assignee_id, queue_id, channel_id);
CREATE INDEX conversation_address ON conversation (address_id, channel_id, thread);
-- What continues a conversation that is erased.
CREATE INDEX conversation_previous ON conversation (previous_id) WHERE previous_id IS NOT NULL;
-- Who was asked beside a conversation.
CREATE INDEX conversation_side ON conversation (side_of_id) WHERE side_of_id IS NOT NULL;
-- What queues have for somebody, longest waiting first.
CREATE INDEX conversation_undealt ON conversation (queue_id, ifnull(waiting_since, last_message_at))
    WHERE status = 'open' AND assignee_id IS NULL;
-- Which snoozed ones are due.
CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE status = 'snoozed';
-- Where a send failed, with who may see it.
CREATE INDEX conversation_failed ON conversation (id, assignee_id, queue_id) WHERE failed > 0;

-- How many conversations lie in each folder: kept, never counted.
-- 0 stands for nobody and for no queue.
CREATE TABLE folder_count (
    assignee_id INTEGER NOT NULL,
    queue_id    INTEGER NOT NULL,
    open        INTEGER NOT NULL,
    snoozed     INTEGER NOT NULL,
    closed      INTEGER NOT NULL,
    PRIMARY KEY (assignee_id, queue_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER conversation_counted AFTER INSERT ON conversation BEGIN
    INSERT INTO folder_count (assignee_id, queue_id, open, snoozed, closed)
    VALUES (ifnull(new.assignee_id, 0), ifnull(new.queue_id, 0),
            new.status = 'open', new.status = 'snoozed', new.status = 'closed')
    ON CONFLICT DO UPDATE SET open = open + excluded.open, snoozed = snoozed + excluded.snoozed,
                              closed = closed + excluded.closed;
END;
CREATE TRIGGER conversation_uncounted AFTER DELETE ON conversation BEGIN
    UPDATE folder_count SET open = open - (old.status = 'open'), snoozed = snoozed - (old.status = 'snoozed'),
                            closed = closed - (old.status = 'closed')
    WHERE assignee_id = ifnull(old.assignee_id, 0) AND queue_id = ifnull(old.queue_id, 0);
END;
CREATE TRIGGER conversation_recounted AFTER UPDATE OF assignee_id, queue_id, status ON conversation
WHEN old.assignee_id IS NOT new.assignee_id OR old.queue_id IS NOT new.queue_id OR old.status <> new.status
BEGIN
    UPDATE folder_count SET open = open - (old.status = 'open'), snoozed = snoozed - (old.status = 'snoozed'),
                            closed = closed - (old.status = 'closed')
    WHERE assignee_id = ifnull(old.assignee_id, 0) AND queue_id = ifnull(old.queue_id, 0);
    INSERT INTO folder_count (assignee_id, queue_id, open, snoozed, closed)
    VALUES (ifnull(new.assignee_id, 0), ifnull(new.queue_id, 0),
            new.status = 'open', new.status = 'snoozed', new.status = 'closed')
    ON CONFLICT DO UPDATE SET open = open + excluded.open, snoozed = snoozed + excluded.snoozed,
                              closed = closed + excluded.closed;
END;

-- Words that the team puts on conversations. ------------------------------------------------------------
CREATE TABLE tag (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    key        TEXT NOT NULL UNIQUE,                  -- the name in lower case and without accents
    colour     TEXT NOT NULL CHECK (colour IN ('grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet')),
    created_at INTEGER NOT NULL
) STRICT;

-- Which stand where. What a list is walked by is kept beside, so that a tag that few conversations have is found
-- as quickly as one that all have.
CREATE TABLE conversation_tag (
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    tag_id          INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    status          TEXT NOT NULL,
    last_message_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, tag_id)
) STRICT, WITHOUT ROWID;
-- A page of one tag, newest or oldest first.
CREATE INDEX conversation_tag_folder ON conversation_tag (tag_id, status, last_message_at, conversation_id);
CREATE TRIGGER conversation_tag_moved AFTER UPDATE OF status, last_message_at ON conversation
WHEN old.status <> new.status OR old.last_message_at <> new.last_message_at
BEGIN
    UPDATE conversation_tag SET status = new.status, last_message_at = new.last_message_at
    WHERE conversation_id = new.id;
END;

-- Conditions under a name, among the inboxes of one person or of everybody.
CREATE TABLE saved_view (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id   INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    shared     INTEGER NOT NULL DEFAULT 0,
    filter     TEXT NOT NULL,                         -- JSON, see domain/filter.rs
    sort       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_view_owner ON saved_view (owner_id);

-- What somebody did to conversations, so that it can be taken back for a while.
CREATE TABLE deed (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id  INTEGER NOT NULL REFERENCES agent (id),
    verb      TEXT NOT NULL,
    done      INTEGER NOT NULL DEFAULT 0,
    skipped   TEXT NOT NULL DEFAULT '[]',             -- JSON: which not, and why
    at        INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;
CREATE INDEX deed_at ON deed (at);
CREATE TABLE deed_step (
    deed_id         INTEGER NOT NULL REFERENCES deed (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    before          TEXT NOT NULL,                    -- JSON: how it stood
    event_id        INTEGER NOT NULL,                 -- the newest entry of the log right after
    PRIMARY KEY (deed_id, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deed_step_conversation ON deed_step (conversation_id);

-- Notices. ----------------------------------------------------------------------------------------------
-- What people of the team are told personally: that a note names them, that they were given a conversation, that one
-- came into a queue of theirs, that something was said in one that they follow, that a window closes on somebody who
-- waits.
CREATE TABLE notice (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id        INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('mention', 'assigned', 'queue', 'followed', 'window', 'workflow')),
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    message_id      INTEGER REFERENCES message (id) ON DELETE CASCADE,
    by_id           INTEGER REFERENCES agent (id),    -- NULL: the customer, or the clock
    at              INTEGER NOT NULL,
    seen_at         INTEGER
) STRICT;
CREATE INDEX notice_agent ON notice (agent_id);
CREATE INDEX notice_kind ON notice (agent_id, kind);
CREATE INDEX notice_unseen ON notice (agent_id) WHERE seen_at IS NULL;
CREATE INDEX notice_seen ON notice (seen_at) WHERE seen_at IS NOT NULL;
CREATE INDEX notice_conversation ON notice (conversation_id, agent_id);
CREATE INDEX notice_message ON notice (message_id) WHERE message_id IS NOT NULL;

-- How many of them are unseen, kept by the triggers below.
CREATE TABLE notice_count (
    agent_id INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    unseen   INTEGER NOT NULL,
    PRIMARY KEY (agent_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER notice_counted AFTER INSERT ON notice WHEN new.seen_at IS NULL BEGIN
    INSERT INTO notice_count (agent_id, kind, unseen) VALUES (new.agent_id, new.kind, 1)
    ON CONFLICT DO UPDATE SET unseen = unseen + 1;
END;
CREATE TRIGGER notice_uncounted AFTER DELETE ON notice WHEN old.seen_at IS NULL BEGIN
    UPDATE notice_count SET unseen = unseen - 1 WHERE agent_id = old.agent_id AND kind = old.kind;
END;
CREATE TRIGGER notice_recounted AFTER UPDATE OF seen_at ON notice
WHEN old.seen_at IS NULL AND new.seen_at IS NOT NULL
BEGIN
    UPDATE notice_count SET unseen = unseen - 1 WHERE agent_id = new.agent_id AND kind = new.kind;
END;

-- How somebody wants to be told of a kind; without a row as is usual for it.
CREATE TABLE notice_choice (
    agent_id INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('mention', 'assigned', 'queue', 'followed', 'window', 'workflow')),
    told     INTEGER NOT NULL CHECK (told IN (0, 1)),
    browser  INTEGER NOT NULL CHECK (browser IN (0, 1)),
    sound    INTEGER NOT NULL CHECK (sound IN (0, 1)),
    PRIMARY KEY (agent_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_choice_queue ON notice_choice (agent_id) WHERE kind = 'queue' AND told = 1;

-- Who wants to be told when something is said in a conversation.
CREATE TABLE follower (
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    agent_id        INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    PRIMARY KEY (conversation_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follower_agent ON follower (agent_id);
-- Of which closing of its window somebody was told.
CREATE TABLE nudge (
    conversation_id INTEGER NOT NULL PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    closes_at       INTEGER NOT NULL
) STRICT;

-- The open periods of a conversation, numbered from 1.
CREATE TABLE episode (
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,
    opened_at       INTEGER NOT NULL,
    opened_by       INTEGER REFERENCES agent (id),    -- NULL: the customer
    closed_at       INTEGER,
    closed_by       INTEGER REFERENCES agent (id),
    assignee_id     INTEGER REFERENCES agent (id),    -- who had it when it was closed
    wrapup_note     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (conversation_id, number)
) STRICT, WITHOUT ROWID;

-- Why conversations were closed.
CREATE TABLE wrapup_reason (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    queue_id    INTEGER REFERENCES queue (id) ON DELETE CASCADE,
    archived_at INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE episode_wrapup (
    conversation_id INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    reason_id       INTEGER NOT NULL REFERENCES wrapup_reason (id),
    PRIMARY KEY (conversation_id, number, reason_id),
    FOREIGN KEY (conversation_id, number) REFERENCES episode (conversation_id, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Each time an agent was asked for reasons, or named them: what is asked has no `done_at` yet.
CREATE TABLE wrapup (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id        INTEGER NOT NULL REFERENCES agent (id),
    conversation_id INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    queue_id        INTEGER REFERENCES queue (id) ON DELETE SET NULL,    -- whose work it was
    cause           TEXT NOT NULL CHECK (cause IN ('transferred', 'sent', 'left', 'conference', 'closed')),
    since           INTEGER NOT NULL,                 -- when the work ended
    due_at          INTEGER,                          -- when the default reason is taken; NULL: it waits
    done_at         INTEGER,
    automatic       INTEGER NOT NULL DEFAULT 0 CHECK (automatic IN (0, 1)),   -- the default reason was taken
    note            TEXT NOT NULL DEFAULT '',
    FOREIGN KEY (conversation_id, number) REFERENCES episode (conversation_id, number) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX wrapup_asked ON wrapup (conversation_id, number, agent_id) WHERE done_at IS NULL;
CREATE INDEX wrapup_own ON wrapup (agent_id) WHERE done_at IS NULL;
CREATE INDEX wrapup_due ON wrapup (due_at) WHERE done_at IS NULL;
CREATE INDEX wrapup_queue ON wrapup (queue_id);
CREATE INDEX wrapup_episode ON wrapup (conversation_id, number);
CREATE TABLE wrapup_said (
    wrapup_id INTEGER NOT NULL REFERENCES wrapup (id) ON DELETE CASCADE,
    reason_id INTEGER NOT NULL REFERENCES wrapup_reason (id),
    PRIMARY KEY (wrapup_id, reason_id)
) STRICT, WITHOUT ROWID;
-- Which conversations close by themselves when nobody answers our last word.
CREATE TABLE auto_close (
    conversation_id INTEGER NOT NULL PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    since           INTEGER NOT NULL,                 -- when one of us last said something
    close_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX auto_close_due ON auto_close (close_at);

-- Virtual assistants: what greets and answers at an entry point before people do. ---------------------------
CREATE TABLE greeter (
    channel_id INTEGER NOT NULL PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    works      INTEGER NOT NULL CHECK (works IN (0, 1)),
    rules      TEXT NOT NULL                          -- what an administrator decided, JSON, see domain/greeter.rs
) STRICT;
-- Where one has spoken. While it has not handed over, nobody is asked to take the conversation.
CREATE TABLE greeting (
    conversation_id INTEGER NOT NULL PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    episode         INTEGER NOT NULL,                 -- the open period in which it speaks or last spoke
    label           TEXT NOT NULL,                    -- under which name
    talk            TEXT NOT NULL,                    -- how far it has come, JSON
    due_at          INTEGER,                          -- when it stops waiting for the customer; NULL: it has handed over
    hour_at         INTEGER NOT NULL,                 -- since when its messages are counted
    hour_said       INTEGER NOT NULL
) STRICT;
CREATE INDEX greeting_due ON greeting (due_at) WHERE due_at IS NOT NULL;

-- What was said. Ids grow with arrival. ------------------------------------------------------------------
CREATE TABLE message (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    kind_no         INTEGER NOT NULL,
    state_no        INTEGER NOT NULL,
    author_id       INTEGER REFERENCES agent (id),
    at              INTEGER NOT NULL,                 -- by the provider's clock where it has one
    later           INTEGER NOT NULL DEFAULT 0,       -- from then until it came here
    entry_no        INTEGER,                          -- it is an entry of the log of this kind; NULL: of none, or not any more
    -- What stands in every row is kept as small numbers and shown in words; the numbers are the places in
    -- domain/message.rs. Columns that are only shown stand before those that few rows have, or no row would be cut off.
    kind            TEXT NOT NULL GENERATED ALWAYS AS (CASE kind_no
                        WHEN 0 THEN 'inbound' WHEN 1 THEN 'outbound' WHEN 2 THEN 'note' WHEN 3 THEN 'event' END),
    state           TEXT NOT NULL GENERATED ALWAYS AS (CASE state_no
                        WHEN 0 THEN 'received' WHEN 1 THEN 'queued' WHEN 2 THEN 'sending' WHEN 3 THEN 'sent'
                        WHEN 4 THEN 'delivered' WHEN 5 THEN 'read' WHEN 6 THEN 'failed' WHEN 7 THEN 'unsure' END),
    created_at      INTEGER NOT NULL GENERATED ALWAYS AS (at + later),
    body            TEXT NOT NULL,                    -- of a line that is an entry: empty, its kind says what happened
    channel_id      INTEGER REFERENCES channel (id),  -- set together with provider_id
    provider_id     TEXT,
    told            TEXT,                             -- what the entry tells beside, JSON
    -- What few messages have stands behind: a row ends with the last thing that it has.
    key             TEXT,                             -- the sender's one-time key
    extra           TEXT,                             -- JSON, see domain/message.rs
    reply_to_id     INTEGER,
    error           TEXT,                             -- JSON: code, message, again
    edited_at       INTEGER,
    revoked_at      INTEGER,
    html            TEXT                              -- last, so that a thread is read without it
) STRICT;
-- A thread, newest first.
CREATE INDEX message_thread ON message (conversation_id);
-- Each message of a provider once; receipts find theirs.
CREATE UNIQUE INDEX message_provider ON message (channel_id, provider_id) WHERE provider_id IS NOT NULL;
-- A double click or a repeated form makes one message.
CREATE UNIQUE INDEX message_key ON message (key) WHERE key IS NOT NULL;

-- Search over what was said. No copy of the text: each word once a message, folded and cut by domain/words.rs, with marks
-- for its kind, channel, author, files and month. Kept by store/words.rs in the transaction of the message itself.
CREATE VIRTUAL TABLE message_words USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);
-- Segments are merged rarely, so that no commit waits long; what is deleted leaves the file at once.
INSERT INTO message_words (message_words, rank) VALUES ('automerge', 8);
INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1);
-- To begin at the newest hit of a word, FTS5 reads all of the page that holds it: of a small page less, for each of the forty
-- words that a beginning stands for.
INSERT INTO message_words (message_words, rank) VALUES ('pgsz', 1000);
-- Every word that was ever said, and about the logarithm of how often: what a beginning may stand for.
CREATE TABLE term (
    word TEXT NOT NULL PRIMARY KEY,
    rank INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX term_common ON term (word, rank) WHERE rank >= 4;
CREATE INDEX term_commonest ON term (word, rank) WHERE rank >= 10;

-- What a mail has beside its message: the identifier by which answers find their thread, and the letter itself as it
-- came, compressed and in parts.
CREATE TABLE mail (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    identifier TEXT NOT NULL,                         -- Message-ID without brackets; ours and theirs
    size       INTEGER NOT NULL DEFAULT 0             -- of the letter, in bytes, before it was compressed
) STRICT;
CREATE INDEX mail_identifier ON mail (identifier);
CREATE TABLE mail_part (
    message_id INTEGER NOT NULL REFERENCES mail (message_id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    PRIMARY KEY (message_id, number)
) STRICT;

-- How fast a sender's mails come: the first of the present run and how many it has.
CREATE TABLE mail_pace (
    address_id INTEGER NOT NULL PRIMARY KEY REFERENCES address (id) ON DELETE CASCADE,
    since      INTEGER NOT NULL,
    mails      INTEGER NOT NULL
) STRICT;

-- Conversations that were put aside: spam, and senders whom the team does not want to hear.
CREATE TABLE aside (
    conversation_id INTEGER NOT NULL PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    why             TEXT NOT NULL CHECK (why IN ('spam', 'blocked')),
    at              INTEGER NOT NULL
) STRICT;
-- The newest ones.
CREATE INDEX aside_at ON aside (at, conversation_id);
CREATE TABLE blocked_sender (
    sender   TEXT NOT NULL PRIMARY KEY,               -- an address in lower case, or '@' and a domain
    agent_id INTEGER REFERENCES agent (id),
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that went from one conversation to another, split off or merged.
CREATE TABLE move (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    whole     INTEGER NOT NULL,                       -- 1: merged, the old one is empty; 0: split off into a new one
    from_id   INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    to_id     INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    was       TEXT NOT NULL CHECK (was IN ('open', 'snoozed', 'closed')),   -- the status of the old one before
    unread    INTEGER NOT NULL DEFAULT 0,             -- and how many were unread in it
    waiting_since INTEGER,                            -- and since when its customer waited
    agent_id  INTEGER REFERENCES agent (id),
    at        INTEGER NOT NULL,
    undone_at INTEGER,
    log       INTEGER NOT NULL,                       -- the newest entry of the log before it
    undone_log INTEGER                                -- and before it was taken back
) STRICT;
CREATE INDEX move_from ON move (from_id, at);
CREATE INDEX move_to ON move (to_id, at);
CREATE TABLE moved (
    move_id    INTEGER NOT NULL REFERENCES move (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    PRIMARY KEY (move_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX moved_message ON moved (message_id);

-- Who sends pictures that lie elsewhere and are shown, because somebody of the team said so.
CREATE TABLE picture_sender (
    sender     TEXT NOT NULL PRIMARY KEY,             -- an e-mail address in lower case
    agent_id   INTEGER REFERENCES agent (id),         -- who said so; NULL: the console
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Files, in parts, so that a large one never has to be in memory whole.
CREATE TABLE attachment (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER REFERENCES message (id) ON DELETE CASCADE,   -- NULL: uploaded, not yet sent
    agent_id   INTEGER REFERENCES agent (id),         -- who uploaded it
    later_id   INTEGER REFERENCES later (id) ON DELETE SET NULL,  -- the waiting message that it belongs to
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size       INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('stored', 'pending', 'failed', 'removed')),
    source     TEXT,                                  -- JSON: how the channel fetches it
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER,                               -- when to fetch it
    key        TEXT NOT NULL UNIQUE,                  -- the unguessable word in its URL
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attachment_message ON attachment (message_id);
-- Uploads that were never sent.
CREATE INDEX attachment_unsent ON attachment (created_at) WHERE message_id IS NULL AND later_id IS NULL;
CREATE INDEX attachment_later ON attachment (later_id) WHERE later_id IS NOT NULL;
CREATE INDEX attachment_due ON attachment (due_at) WHERE state = 'pending';
CREATE TABLE attachment_part (
    attachment_id INTEGER NOT NULL REFERENCES attachment (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL,
    bytes         BLOB NOT NULL,
    PRIMARY KEY (attachment_id, number)
) STRICT;

-- Small pictures inside letters of ours. They do not travel: readers fetch them here, until half a year has passed.
CREATE TABLE hosted (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT NOT NULL UNIQUE,                  -- the unguessable word in its URL, and in the text as it was typed
    agent_id   INTEGER NOT NULL REFERENCES agent (id),
    message_id INTEGER REFERENCES message (id) ON DELETE CASCADE,   -- NULL: not sent yet
    media_type TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    bytes      BLOB NOT NULL CHECK (length(bytes) <= 15360),
    until      INTEGER NOT NULL,                      -- when it is thrown away
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX hosted_message ON hosted (message_id);
CREATE INDEX hosted_until ON hosted (until);

-- What an agent has typed and not sent; one for each conversation and kind.
CREATE TABLE draft (
    agent_id        INTEGER NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('reply', 'note')),
    body            TEXT NOT NULL,
    form            TEXT,                             -- JSON: how a mail is answered, see domain/answering.rs
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (agent_id, conversation_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_conversation ON draft (conversation_id);

-- What came in, as it came, kept before it is acknowledged. --------------------------------------------
CREATE TABLE inbound (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id  INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    dedupe_key  TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    headers     TEXT NOT NULL DEFAULT '{}',           -- the few that the channel needs, JSON
    body        BLOB NOT NULL,                        -- of a letter compressed; empty once it happened
    size        INTEGER,                              -- of a compressed body before that, in bytes
    state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'failed', 'ignored')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL DEFAULT 0,           -- when to read it again; 0: at once
    error       TEXT,
    UNIQUE (channel_id, dedupe_key)
) STRICT;
CREATE INDEX inbound_new ON inbound (due_at) WHERE state = 'new';
CREATE INDEX inbound_old ON inbound (received_at) WHERE state IN ('done', 'ignored');
CREATE INDEX inbound_failed ON inbound (id) WHERE state = 'failed';

-- What is to go out. A row leaves when its message was sent, failed or was taken back. -----------------
CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id      INTEGER NOT NULL UNIQUE REFERENCES message (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    channel_id      INTEGER NOT NULL REFERENCES channel (id),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'unsure')),
    attempt         INTEGER NOT NULL DEFAULT 0,
    due_at          INTEGER NOT NULL,
    started_at      INTEGER,
    key             TEXT NOT NULL UNIQUE,             -- the same over all attempts of this dispatch
    sender          TEXT NOT NULL CHECK (sender IN ('person', 'automatic')),
    content         TEXT NOT NULL CHECK (content IN ('free', 'template')),
    created_at      INTEGER NOT NULL
) STRICT;
-- The oldest unsent message of each conversation.
CREATE INDEX outbox_conversation ON outbox (conversation_id);
CREATE INDEX outbox_due ON outbox (state, due_at);
-- What a channel has to send.
CREATE INDEX outbox_channel ON outbox (channel_id, state, due_at);

-- How fast was sent of late, where a provider limits it: one row for an account and each person who was just written
-- to. A row leaves soon after its bucket is full again.
CREATE TABLE throttle (
    channel_id INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    address_id INTEGER NOT NULL,                      -- 0: the account as a whole
    from_at    INTEGER NOT NULL,                      -- not before this may the next one leave
    full_at    INTEGER NOT NULL,                      -- from then on nothing is remembered
    PRIMARY KEY (channel_id, address_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_full ON throttle (full_at);

-- Reactions of ours on their way, one for each message of a customer's that somebody reacted to. A row leaves when the
-- provider took it or refused it for good.
CREATE TABLE reaction (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    emoji      TEXT NOT NULL,                         -- empty: what is there is taken back
    before     TEXT NOT NULL,                         -- what the customer sees until then
    attempt    INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
-- What a channel has to bring.
CREATE INDEX reaction_channel ON reaction (channel_id, due_at);
CREATE INDEX reaction_due ON reaction (due_at);

-- What waits for a moment, or for a window to open again. A row leaves when its message was sent or taken back;
-- nothing of it stands in the outbox before.
CREATE TABLE later (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    agent_id        INTEGER NOT NULL REFERENCES agent (id),
    body            TEXT NOT NULL,
    at              INTEGER,                          -- NULL: when the window opens again
    choice          INTEGER NOT NULL,                 -- at a moment: only if nobody writes before; otherwise: by itself
    until           INTEGER,
    seen_id         INTEGER,
    episode         INTEGER NOT NULL,
    held            TEXT,                             -- why it waits for its owner
    mail            TEXT,                             -- JSON: how a mail is answered, see domain/later.rs
    key             TEXT NOT NULL UNIQUE,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX later_conversation ON later (conversation_id);
CREATE INDEX later_agent ON later (agent_id);
CREATE INDEX later_due ON later (at) WHERE held IS NULL AND at IS NOT NULL;
CREATE INDEX later_until ON later (until) WHERE held IS NULL AND until IS NOT NULL;
CREATE INDEX later_window ON later (id) WHERE held IS NULL AND at IS NULL;
CREATE INDEX later_ready ON later (id) WHERE held = 'ready';
CREATE INDEX later_held ON later (agent_id) WHERE held IS NOT NULL;

-- Every attempt to send, for those who ask why.
CREATE TABLE send_attempt (
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    key        TEXT NOT NULL,
    at         INTEGER NOT NULL,
    outcome    TEXT NOT NULL,                         -- 'sent' or a cause
    detail     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;
-- Receipts that name our key find the message also after it left the outbox.
CREATE INDEX send_attempt_key ON send_attempt (key);

-- Visitors of a website chat. Only a hash of what their browser keeps.
CREATE TABLE visitor (
    token_hash BLOB NOT NULL PRIMARY KEY,
    channel_id INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    address_id INTEGER NOT NULL REFERENCES address (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX visitor_address ON visitor (address_id);

-- Copies of this file that the desk has made, or could not make. ----------------------------------------
CREATE TABLE copy (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    name  TEXT NOT NULL,                              -- of the file, in the folder of copies
    bytes INTEGER NOT NULL,
    wrong TEXT                                        -- why there is none; NULL: it was found whole
) STRICT;

-- Sheets of people that were given by a page: their rows wait here until they are taken, and those that cannot be
-- taken for a week. -------------------------------------------------------------------------------------
CREATE TABLE roster (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id   INTEGER NOT NULL REFERENCES agent (id),   -- who let it begin
    name       TEXT NOT NULL,                            -- of the file
    heads      TEXT NOT NULL,                            -- JSON: what stands above its columns
    columns    TEXT NOT NULL,                            -- JSON: what they hold, see domain/roster.rs
    state      TEXT NOT NULL DEFAULT 'coming' CHECK (state IN
                   ('coming', 'new', 'trying', 'tried', 'taking', 'done', 'stopped')),
    rows       INTEGER NOT NULL DEFAULT 0,
    at         INTEGER NOT NULL DEFAULT 0,               -- the last row that was looked at
    made       INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    same       INTEGER NOT NULL DEFAULT 0,
    wrong      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE roster_row (
    roster_id INTEGER NOT NULL REFERENCES roster (id),
    number    INTEGER NOT NULL,                          -- of its line
    cells     TEXT NOT NULL,                             -- JSON
    why       TEXT,                                      -- JSON: why it cannot be taken
    PRIMARY KEY (roster_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX roster_row_wrong ON roster_row (roster_id, number) WHERE why IS NOT NULL;

-- How long is kept what was said on an entry point, in days; NULL: for ever. ----------------------------
CREATE TABLE retention (
    channel_id    INTEGER NOT NULL PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    conversations INTEGER,                            -- closed ones, from the last thing that was said
    files         INTEGER,                            -- their bytes, from when they came
    letters       INTEGER,                            -- mails as they came, beside what is shown of them
    texts         INTEGER,                            -- what was said, from when it came
    files_seen    INTEGER NOT NULL DEFAULT 0,         -- the last attachment that was looked at
    letters_seen  INTEGER NOT NULL DEFAULT 0,         -- the last message, for its letter
    texts_seen    INTEGER NOT NULL DEFAULT 0          -- the last message, for its text
) STRICT;

-- Receipts of persons who were erased: how much went, when, and by whom, and nothing of the person. ---------
CREATE TABLE erasure (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id    INTEGER NOT NULL,
    agent_id      INTEGER REFERENCES agent (id),
    at            INTEGER NOT NULL,
    addresses     INTEGER NOT NULL,
    conversations INTEGER NOT NULL,
    messages      INTEGER NOT NULL,
    attachments   INTEGER NOT NULL
) STRICT;

-- What was taken over from another program, by its own numbers, so that nothing is taken twice. --------
CREATE TABLE imported (
    source   TEXT NOT NULL,                           -- the program, its address, and the account in it
    kind     TEXT NOT NULL CHECK (kind IN ('channel', 'contact', 'conversation', 'message', 'file')),
    their_id TEXT NOT NULL,
    our_id   INTEGER NOT NULL,                        -- what it names may be gone since: then it is not taken again
    mark     TEXT NOT NULL DEFAULT '',                -- as of which state of theirs it is whole here
    PRIMARY KEY (source, kind, their_id)
) STRICT, WITHOUT ROWID;
-- Which tags of a conversation an import put on, so that the next one takes off what they no longer have.
CREATE TABLE imported_tag (
    source   TEXT NOT NULL,
    their_id TEXT NOT NULL,                           -- their number of the conversation
    tag_id   INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (source, their_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX imported_tag_tag ON imported_tag (tag_id);

-- What was called otherwise before, each name up to an entry of the log, which holds no names itself. -----
-- Our people and our queues; a queue that is gone keeps its last name here.
CREATE TABLE earlier_label (
    kind     TEXT NOT NULL CHECK (kind IN ('agent', 'queue')),
    of_id    INTEGER NOT NULL,
    event_id INTEGER NOT NULL,                        -- the newest entry under this name
    name     TEXT NOT NULL,
    PRIMARY KEY (kind, of_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER agent_renamed AFTER UPDATE OF name ON agent WHEN old.name <> new.name BEGIN
    INSERT INTO earlier_label (kind, of_id, event_id, name)
    VALUES ('agent', old.id, (SELECT id FROM newest), old.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER queue_renamed AFTER UPDATE OF name ON queue WHEN old.name <> new.name BEGIN
    INSERT INTO earlier_label (kind, of_id, event_id, name)
    VALUES ('queue', old.id, (SELECT id FROM newest), old.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER queue_ended AFTER DELETE ON queue BEGIN
    INSERT INTO earlier_label (kind, of_id, event_id, name)
    VALUES ('queue', old.id, (SELECT id FROM newest), old.name) ON CONFLICT DO NOTHING;
END;

-- Whom a conversation was with before contacts were merged or parted: what that contact was called, also while it was not
-- renamed yet. Goes with the conversation, and with the contact.
CREATE TABLE earlier_person (
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    event_id        INTEGER NOT NULL,                 -- the newest entry under this name
    contact_id      INTEGER NOT NULL,                 -- may be gone since
    name            TEXT NOT NULL,
    PRIMARY KEY (conversation_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX earlier_person_contact ON earlier_person (contact_id);
CREATE TRIGGER conversation_passed AFTER UPDATE OF contact_id ON conversation
WHEN old.contact_id <> new.contact_id BEGIN
    INSERT INTO earlier_person (conversation_id, event_id, contact_id, name)
    SELECT old.id, event_id, contact_id, name FROM earlier_name WHERE contact_id = old.contact_id AND event_id
        > (SELECT ifnull(max(event_id), -1) FROM earlier_person WHERE conversation_id = old.id)
    ON CONFLICT DO NOTHING;
    INSERT INTO earlier_person (conversation_id, event_id, contact_id, name)
    SELECT old.id, (SELECT id FROM newest), id, name FROM contact WHERE id = old.contact_id
    ON CONFLICT DO NOTHING;
END;

-- What happened, one row each, never changed. Its id is the cursor of live pages and of programs. ------
-- A message that comes is its own entry: it has a number of the log, and is not written down a second time. What is left
-- stands here, also of messages that went or were moved. Whoever reads asks the view below.
CREATE TABLE event (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    kind_no         INTEGER NOT NULL REFERENCES event_kind (no),
    conversation_id INTEGER,
    contact_id      INTEGER,
    message_id      INTEGER,
    agent_id        INTEGER,
    data            TEXT
) STRICT;
CREATE INDEX event_conversation ON event (conversation_id) WHERE conversation_id IS NOT NULL;
-- The words for the kinds of entries; the numbers are the places in domain/event/kind.rs.
CREATE TABLE event_kind (
    no   INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO event_kind (no, word) VALUES
    (0, 'message.received'), (1, 'message.queued'), (2, 'conversation.opened'), (3, 'conversation.reopened'),
    (4, 'conversation.closed'), (5, 'conversation.snoozed'), (6, 'conversation.woke'), (7, 'conversation.assigned'),
    (8, 'conversation.unassigned'), (9, 'conversation.transferred'), (10, 'conversation.asked'),
    (11, 'conference.joined'), (12, 'conference.left'), (13, 'offer.made'), (14, 'offer.accepted'),
    (15, 'offer.declined'), (16, 'offer.expired'), (17, 'offer.withdrawn'), (18, 'offer.recalled'),
    (19, 'offer.settled'), (20, 'request.declined'), (21, 'request.unanswered'), (22, 'agent.state'),
    (23, 'conversation.tagged'), (24, 'conversation.untagged'), (25, 'conversation.priority'),
    (26, 'conversation.undone'), (27, 'conversation.read'), (28, 'conversation.joined'),
    (29, 'conversation.handed_over'), (30, 'conversation.split'), (31, 'conversation.merged'),
    (32, 'conversation.restored'), (33, 'conversation.released'), (34, 'conversation.closing'),
    (35, 'conversation.imported'), (36, 'conversation.told'), (37, 'message.delayed'), (38, 'sender.changed'),
    (39, 'message.state'), (40, 'message.changed'), (41, 'message.undone'), (42, 'later.planned'), (43, 'later.held'),
    (44, 'later.cancelled'), (45, 'note.added'), (46, 'contact.created'), (47, 'contact.changed'),
    (48, 'contact.deleted'), (49, 'contact.merged'), (50, 'contact.parted'), (51, 'contact.left'),
    (52, 'contact.consent'), (53, 'channel.changed'), (54, 'channel.broken'), (55, 'template.changed'),
    (56, 'copy.made'), (57, 'copy.failed'), (58, 'security.copy_handed_out'), (59, 'announcement.changed'),
    (60, 'announcement.read'), (61, 'security.audit_exported'), (62, 'security.contacts_exported'),
    (63, 'security.contacts_imported'), (64, 'security.codes_renewed'), (65, 'security.factor_off'),
    (66, 'security.factor_on'), (67, 'retention.deleted'), (68, 'setting.changed'), (69, 'agent.changed'),
    (70, 'queue.changed'), (71, 'tag.changed'), (72, 'field.changed'), (73, 'segment.changed'), (74, 'view.changed'),
    (75, 'wrapup.changed'), (76, 'wrapup.asked'), (77, 'wrapup.answered'), (78, 'wrapup.stopped'),
    (79, 'wrapup.withdrawn'), (80, 'conversation.wrapped'), (81, 'security.identity_loosened'),
    (82, 'security.identity_tied'), (83, 'security.invited'), (84, 'security.message_uncovered'),
    (85, 'security.new_browser'), (86, 'security.password_changed'), (87, 'security.sessions_ended'),
    (88, 'security.signed_in'), (89, 'security.sign_in_failed'), (90, 'security.signed_out'),
    (91, 'security.token_created'), (92, 'security.token_revoked'), (93, 'webhook.added'), (94, 'webhook.changed'),
    (95, 'webhook.removed'), (96, 'workflow.changed'), (97, 'workflow.started'), (98, 'workflow.step'),
    (99, 'workflow.failed'), (100, 'workflow.stopped'), (101, 'workflow.done');
-- The newest number of the log, of an entry or of a message.
CREATE VIEW newest AS SELECT ifnull(max(seq), 0) AS id FROM sqlite_sequence WHERE name IN ('event', 'message');
-- The columns of both halves have the same types, so that SQLite reads each half by its own index and merges them.
CREATE VIEW log AS
SELECT e.id, e.at, e.kind_no, e.conversation_id, e.contact_id, e.message_id, e.agent_id, e.data, k.word AS kind
FROM event e CROSS JOIN event_kind k ON k.no = e.kind_no
UNION ALL
SELECT m.id, m.created_at, m.entry_no, m.conversation_id,
       CAST(ifnull((SELECT p.contact_id FROM earlier_person p WHERE p.conversation_id = m.conversation_id
                    AND p.event_id >= m.id ORDER BY p.event_id LIMIT 1), v.contact_id) AS INTEGER),
       m.id, m.author_id,
       CAST(iif(m.kind_no = 3, json_patch(ifnull(m.extra -> '$.event', '{}'), ifnull(m.told, '{}')), m.told) AS TEXT),
       k.word
FROM message m CROSS JOIN event_kind k ON k.no = m.entry_no CROSS JOIN conversation v ON v.id = m.conversation_id;
CREATE TRIGGER message_gone BEFORE DELETE ON message WHEN old.entry_no IS NOT NULL BEGIN
    INSERT OR IGNORE INTO event (id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data)
    SELECT id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data FROM log
    WHERE id = old.id AND message_id = old.id;
END;
CREATE TRIGGER message_moved BEFORE UPDATE OF conversation_id ON message WHEN old.entry_no IS NOT NULL BEGIN
    INSERT OR IGNORE INTO event (id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data)
    SELECT id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data FROM log
    WHERE id = old.id AND message_id = old.id;
END;
CREATE TRIGGER message_elsewhere AFTER UPDATE OF conversation_id ON message WHEN old.entry_no IS NOT NULL BEGIN
    UPDATE message SET entry_no = NULL, told = NULL WHERE id = new.id;
END;
CREATE TRIGGER conversation_gone BEFORE DELETE ON conversation BEGIN
    INSERT OR IGNORE INTO event (id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data)
    SELECT id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data FROM log
    WHERE conversation_id = old.id AND message_id = id AND id IN (SELECT id FROM message WHERE conversation_id = old.id);
END;

-- What concerns security, chained: each entry holds the hash of the one before, so that a change shows.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    agent_id   INTEGER,
    contact_id INTEGER,
    data       TEXT NOT NULL,
    previous   BLOB NOT NULL,
    hash       BLOB NOT NULL
) STRICT;
CREATE INDEX audit_kind ON audit (kind);
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is only added to'); END;

-- Programs that want to be told. Each reads the log from its cursor on, so nothing is skipped or doubled.
CREATE TABLE webhook (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    url         TEXT NOT NULL,
    secret      BLOB NOT NULL,                        -- sealed with the key file
    kinds       TEXT NOT NULL DEFAULT '[]',           -- JSON array of event kinds; empty: all
    cursor      INTEGER NOT NULL DEFAULT 0,           -- the last event that was delivered
    attempt     INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL DEFAULT 0,
    disabled_at INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE webhook_answer (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event_id   INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    status     INTEGER,                               -- NULL: no answer
    detail     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX webhook_answer_webhook ON webhook_answer (webhook_id);

-- Words that the team neither sends nor shows. ----------------------------------------------------------
CREATE TABLE restricted_word (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    text       TEXT NOT NULL,                         -- as it was typed
    key        TEXT NOT NULL UNIQUE,                  -- folded: what spellings of it have in common
    held       TEXT NOT NULL CHECK (held IN ('both', 'sent', 'received')),
    created_at INTEGER NOT NULL
) STRICT;
-- What a message said whose words are covered.
CREATE TABLE covered_message (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    html       TEXT
) STRICT;
-- Where such words were found; for the report, 90 days.
CREATE TABLE restricted_find (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    word            TEXT NOT NULL,                    -- as it stood in the list
    way             TEXT NOT NULL CHECK (way IN ('sent', 'received')),
    agent_id        INTEGER REFERENCES agent (id),    -- who wanted to send it; NULL: a customer, or the desk itself
    conversation_id INTEGER REFERENCES conversation (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX restricted_find_at ON restricted_find (at);
CREATE INDEX restricted_find_conversation ON restricted_find (conversation_id) WHERE conversation_id IS NOT NULL;

-- What is announced to the people of the team, and who has read it. --------------------------------------
CREATE TABLE announcement (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    text       TEXT NOT NULL,
    audience   TEXT NOT NULL CHECK (audience IN ('all', 'queue', 'leaders')),
    queue_id   INTEGER REFERENCES queue (id) ON DELETE CASCADE,
    starts_at  INTEGER NOT NULL,
    ends_at    INTEGER,                               -- NULL: until somebody ends it
    by_id      INTEGER NOT NULL REFERENCES agent (id),
    begun      INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1)),  -- open pages were told that it began
    over       INTEGER NOT NULL DEFAULT 0 CHECK (over IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX announcement_current ON announcement (starts_at) WHERE over = 0;
CREATE INDEX announcement_queue ON announcement (queue_id) WHERE queue_id IS NOT NULL;
CREATE TABLE announcement_read (
    announcement_id INTEGER NOT NULL REFERENCES announcement (id) ON DELETE CASCADE,
    agent_id        INTEGER NOT NULL REFERENCES agent (id),
    read_at         INTEGER NOT NULL,
    PRIMARY KEY (announcement_id, agent_id)
) STRICT, WITHOUT ROWID;
-- Workflows: what an administrator prepared, that happens step by step on one conversation. ------------
CREATE TABLE workflow (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE,
    draft        TEXT NOT NULL,                       -- what is being worked on, JSON, see domain/workflow
    published_id INTEGER REFERENCES workflow_version (id),   -- NULL: cannot be started
    secret       BLOB,                                -- what its calls are signed with, sealed with the key file
    cursor       INTEGER NOT NULL DEFAULT 0,          -- the last event that was looked at, where it begins by itself
    changed_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
-- As it was published; never changed, so that what runs goes on as it began.
CREATE TABLE workflow_version (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id INTEGER NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    name        TEXT NOT NULL,
    flow        TEXT NOT NULL,
    agent_id    INTEGER REFERENCES agent (id),        -- who published it
    at          INTEGER NOT NULL,
    UNIQUE (workflow_id, number)
) STRICT;
-- One on its way through a conversation. It stands at a step, and moves on in the transaction in which the step happens.
CREATE TABLE workflow_run (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id      INTEGER NOT NULL REFERENCES workflow_version (id) ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    agent_id        INTEGER REFERENCES agent (id),    -- who started it; NULL: it began by itself
    answers         TEXT NOT NULL DEFAULT '{}',       -- JSON: what fills the gaps
    done            INTEGER NOT NULL DEFAULT 0,       -- how many steps are done
    state           TEXT NOT NULL CHECK (state IN ('running', 'calling', 'failed', 'done', 'stopped')),
    due_at          INTEGER NOT NULL,
    attempt         INTEGER NOT NULL DEFAULT 0,
    why             TEXT,
    detail          TEXT NOT NULL DEFAULT '',
    episode         INTEGER NOT NULL,
    key             TEXT NOT NULL UNIQUE,             -- one-time: the same again starts nothing
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;
CREATE INDEX workflow_run_version ON workflow_run (version_id);
CREATE INDEX workflow_run_conversation ON workflow_run (conversation_id);
CREATE INDEX workflow_run_due ON workflow_run (due_at) WHERE state = 'running';
CREATE INDEX workflow_run_calling ON workflow_run (id) WHERE state = 'calling';

-- For people who query the file. These four stay as they are. -------------------------------------------
CREATE VIEW v_contacts AS
SELECT c.id, c.name, c.language, c.about,
       (SELECT group_concat(a.kind || ':' || a.value, ' ') FROM address a WHERE a.contact_id = c.id) AS addresses,
       strftime('%Y-%m-%dT%H:%M:%fZ', c.created_at / 1000.0, 'unixepoch') AS created_at
FROM contact c;
CREATE VIEW v_conversations AS
SELECT v.id, v.subject, v.status, v.contact_id, c.name AS contact, h.kind AS channel_kind, h.name AS channel,
       g.name AS assignee, q.name AS queue, v.episode, v.unread, v.snippet AS last_message,
       strftime('%Y-%m-%dT%H:%M:%fZ', v.last_message_at / 1000.0, 'unixepoch') AS last_message_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', v.created_at / 1000.0, 'unixepoch') AS created_at
FROM conversation v JOIN contact c ON c.id = v.contact_id JOIN channel h ON h.id = v.channel_id
LEFT JOIN agent g ON g.id = v.assignee_id LEFT JOIN queue q ON q.id = v.queue_id;
CREATE VIEW v_messages AS
SELECT m.id, m.conversation_id, m.kind, ifnull(json_extract(m.extra, '$.writer'), g.name) AS author,
       CASE WHEN m.revoked_at IS NOT NULL THEN ''
            WHEN m.kind_no = 3 AND m.entry_no IS NOT NULL THEN (SELECT word FROM event_kind WHERE no = m.entry_no)
            ELSE m.body END AS body,
       m.state,
       m.provider_id, strftime('%Y-%m-%dT%H:%M:%fZ', m.at / 1000.0, 'unixepoch') AS at,
       ifnull(json_extract(m.extra, '$.automatic'), 0) AS automatic
FROM message m LEFT JOIN agent g ON g.id = m.author_id;
CREATE VIEW v_events AS
SELECT e.id, e.kind, g.name AS agent, e.conversation_id, e.contact_id, e.message_id, e.data,
       strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1000.0, 'unixepoch') AS at
FROM log e LEFT JOIN agent g ON g.id = e.agent_id;
