-- What the desk of a demo leaves empty, so that each table has something in it.
-- People and work.
INSERT INTO profile (name, blend, capacity, outbound, outbound_most, created_at) VALUES ('Two at once', 'blended', '{}', '[]', 1, 1);
INSERT INTO agent_profile SELECT a.id, p.id FROM (SELECT id FROM agent LIMIT 1) a, profile p;
INSERT INTO idle_reason (name, created_at) VALUES ('Lunch', 1);
INSERT INTO availability (agent_id, media, state, reason_id, since) SELECT a.id, 'chat', 'idle', r.id, 1 FROM (SELECT id FROM agent LIMIT 1) a, idle_reason r;
INSERT INTO offer (conversation_id, agent_id, kind, state, offered_at, expires_at) SELECT v.id, a.id, 'queue', 'declined', 1, 2
    FROM (SELECT id FROM conversation LIMIT 1) v, (SELECT id FROM agent LIMIT 1) a;
INSERT INTO participant (conversation_id, agent_id, invited_by, joined_at, left_at) SELECT v.id, a.id, a.id, 1, 2
    FROM (SELECT id FROM conversation LIMIT 1) v, (SELECT id FROM agent LIMIT 1) a;
INSERT INTO announcement (text, audience, starts_at, by_id, created_at) SELECT 'The shop is closed on Monday', 'all', 1, id, 1 FROM agent LIMIT 1;
INSERT INTO announcement_read SELECT n.id, a.id, 2 FROM announcement n, (SELECT id FROM agent LIMIT 1) a;
INSERT INTO identity SELECT 'https://id.example.org', 'ana', id, 1 FROM agent LIMIT 1;
INSERT INTO second_factor (agent_id, secret, begun_at) SELECT id, x'04', 1 FROM agent LIMIT 1;
INSERT INTO recovery_code (agent_id, code_hash) SELECT id, x'05' FROM agent LIMIT 1;
INSERT INTO half_sign_in (token_hash, agent_id, checked, begun_at) SELECT x'06', id, 'h', 1 FROM agent LIMIT 1;
INSERT INTO invitation SELECT id, x'01', 9 FROM agent LIMIT 1;
INSERT INTO device (token_hash, agent_id, used_at) SELECT x'02', id, 9 FROM agent LIMIT 1;
INSERT INTO api_token (agent_id, name, token_hash, created_at) SELECT id, 'a program', x'03', 1 FROM agent LIMIT 1;
INSERT INTO attempt VALUES ('peer:192.0.2.1', 3, 1, 2);
INSERT INTO alert (agent_id, kind, key, due_at, created_at) SELECT id, 'new_browser', 'k', 1, 1 FROM agent LIMIT 1;
INSERT INTO webhook (url, secret, kinds, cursor, created_at) VALUES ('https://example.org/', x'00', '[]', 0, 1);
-- Contacts.
INSERT INTO field (name, kind, created_at) VALUES ('Number of the customer', 'text', 1);
INSERT INTO field_value SELECT c.id, f.id, 'K-17', 'k-17' FROM (SELECT id FROM contact LIMIT 1) c, field f;
INSERT INTO segment (owner_id, name, rules, created_at) SELECT id, 'Regulars', '[]', 1 FROM agent LIMIT 1;
INSERT OR IGNORE INTO likeness (contact_id, other_id, address_id, dismissed_at) SELECT c.contact_id, d.id, c.id, 3
    FROM (SELECT id, contact_id FROM address ORDER BY id LIMIT 1) c, (SELECT id FROM contact ORDER BY id DESC LIMIT 1) d;
INSERT INTO erasure (contact_id, agent_id, at, addresses, conversations, messages, attachments) SELECT 999, id, 1, 1, 1, 2, 0 FROM agent LIMIT 1;
INSERT INTO visitor SELECT x'07', c.id, a.id, 1, 2 FROM (SELECT id FROM channel LIMIT 1) c, (SELECT id FROM address LIMIT 1) a;
INSERT INTO picture_sender SELECT 'ana@example.org', id, 1 FROM agent LIMIT 1;
INSERT INTO blocked_sender SELECT '@spam.example', id, 1 FROM agent LIMIT 1;
INSERT INTO mail_pace SELECT id, 1, 2 FROM address LIMIT 1;
-- Conversations and what is done to them.
INSERT INTO tag (name, key, colour, created_at) VALUES ('Urgent', 'urgent', 'red', 1);
INSERT INTO conversation_tag SELECT c.id, t.id, c.status, c.last_message_at FROM
    (SELECT id, status, last_message_at FROM conversation LIMIT 3) c, tag t;
INSERT INTO aside SELECT id, 'spam', 1 FROM conversation WHERE status = 'closed' LIMIT 1;
INSERT INTO auto_close SELECT id, 1, 2 FROM conversation WHERE status = 'open' LIMIT 1;
INSERT INTO deed (agent_id, verb, done, at) SELECT id, 'read', 1, 1 FROM agent LIMIT 1;
INSERT INTO deed_step SELECT d.id, v.id, '{}', 1 FROM deed d, (SELECT id FROM conversation LIMIT 1) v;
INSERT INTO draft (agent_id, conversation_id, kind, body, updated_at) SELECT a.id, v.id, 'reply', 'Half a sentence', 1
    FROM (SELECT id FROM agent LIMIT 1) a, (SELECT id FROM conversation LIMIT 1) v;
INSERT INTO follower SELECT v.id, a.id FROM (SELECT id FROM conversation LIMIT 1) v, (SELECT id FROM agent LIMIT 1) a;
INSERT INTO greeter SELECT id, 0, '{}' FROM channel LIMIT 1;
INSERT INTO greeting SELECT id, 1, 'Assistant', '{}', NULL, 1, 1 FROM conversation LIMIT 1;
INSERT INTO later (conversation_id, agent_id, body, at, choice, episode, held, key, created_at) SELECT v.id, a.id, 'Tomorrow', 9, 0, 1, NULL, 'l1', 1
    FROM (SELECT id FROM conversation LIMIT 1) v, (SELECT id FROM agent LIMIT 1) a;
INSERT INTO move (whole, from_id, to_id, was, at, log) SELECT 1, min(id), max(id), 'open', 1, 1 FROM conversation;
INSERT INTO moved SELECT m.id, s.id FROM move m, (SELECT id FROM message LIMIT 1) s;
INSERT INTO notice (agent_id, kind, conversation_id, at) SELECT a.id, 'followed', v.id, 1
    FROM agent a, (SELECT id FROM conversation LIMIT 1) v;
INSERT INTO notice_choice SELECT id, 'mention', 1, 0, 1 FROM agent LIMIT 1;
INSERT INTO saved_view (owner_id, name, filter, sort, created_at) SELECT id, 'Complaints', '{}', 'newest', 1 FROM agent LIMIT 1;
-- Messages.
INSERT INTO hosted (key, agent_id, media_type, width, height, bytes, until, created_at) SELECT 'h1', id, 'image/png', 1, 1, x'08', 9, 1 FROM agent LIMIT 1;
INSERT INTO inbound (channel_id, dedupe_key, received_at, body, state) SELECT id, 'd1', 1, x'7b7d', 'done' FROM channel LIMIT 1;
INSERT INTO outbox (message_id, conversation_id, channel_id, state, due_at, key, sender, content, created_at)
    SELECT m.id, v.id, v.channel_id, 'unsure', 1, 'o1', 'person', 'free', 1
    FROM message m JOIN conversation v ON v.id = m.conversation_id WHERE m.kind = 'outbound' LIMIT 1;
INSERT INTO reaction (message_id, channel_id, emoji, before, due_at, created_at) SELECT m.id, v.channel_id, '👍', '', 1, 1
    FROM message m JOIN conversation v ON v.id = m.conversation_id WHERE m.kind = 'inbound' LIMIT 1;
INSERT INTO send_attempt (message_id, number, key, at, outcome) SELECT id, 1, 's1', 1, 'sent' FROM message WHERE kind = 'outbound' LIMIT 1;
INSERT INTO throttle SELECT id, 0, 1, 2 FROM channel LIMIT 1;
INSERT INTO restricted_word (text, key, held, created_at) VALUES ('Rascal', 'rascal', 'both', 1);
INSERT INTO restricted_find (at, word, way, conversation_id) SELECT 1, 'Rascal', 'received', id FROM conversation LIMIT 1;
INSERT INTO covered_message (message_id, subject, body) SELECT id, '', 'You rascal' FROM message WHERE kind = 'inbound' LIMIT 1;
-- The rest.
INSERT INTO retention (channel_id, files) SELECT id, 30 FROM channel LIMIT 1;
INSERT INTO imported (source, kind, their_id, our_id) SELECT 'another https://example.org 1', 'contact', '17', id FROM contact LIMIT 1;
INSERT INTO imported_tag SELECT 'another https://example.org 1', '7', id FROM tag LIMIT 1;
INSERT INTO workflow (name, draft, changed_at, created_at) VALUES ('Thanks', '{}', 1, 1);
INSERT INTO workflow_version (workflow_id, number, name, flow, at) SELECT id, 1, name, '{}', 1 FROM workflow;
INSERT INTO workflow_run (version_id, conversation_id, state, due_at, episode, key, started_at, ended_at)
    SELECT w.id, v.id, 'done', 1, 1, 'w1', 1, 2 FROM workflow_version w, (SELECT id FROM conversation LIMIT 1) v;
INSERT OR IGNORE INTO checkup (channel_id) SELECT id FROM channel LIMIT 1;
INSERT INTO merger (event_id, contact_id, other_id, at, kept) SELECT 1, id, 999, 1, 'null' FROM contact LIMIT 1;
INSERT INTO earlier_name (contact_id, event_id, name) SELECT id, 1, 'Somebody' FROM contact WHERE true LIMIT 1 ON CONFLICT DO NOTHING;
INSERT INTO imported_tag SELECT 'another https://example.org 1', '17', id FROM tag LIMIT 1;
INSERT INTO earlier_label (kind, of_id, event_id, name) SELECT 'agent', id, 1, 'Somebody' FROM agent LIMIT 1;
INSERT INTO earlier_person (conversation_id, event_id, contact_id, name) SELECT id, 1, 999, 'Somebody' FROM conversation LIMIT 1;
