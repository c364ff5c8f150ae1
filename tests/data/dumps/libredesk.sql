--
-- PostgreSQL database dump
--

\restrict qTjLXlJbUEATcyU9OQCnjkK2gRwJ8Ppys8ggzkIR3PGKsYXKq3YnfEjhsonLfc2

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: channels; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.channels AS ENUM (
    'email',
    'livechat'
);


--
-- Name: user_type; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.user_type AS ENUM (
    'agent',
    'contact',
    'visitor',
    'ai_assistant'
);


CREATE TABLE public.conversation_messages (
    id bigint NOT NULL,
    created_at timestamp with time zone,
    uuid text,
    type text,
    status text,
    private boolean DEFAULT false NOT NULL,
    conversation_id bigint,
    content_type text,
    content text,
    text_content text,
    sender_id bigint,
    meta jsonb DEFAULT '{}'::jsonb
);

CREATE TABLE public.conversation_priorities (
    id integer NOT NULL,
    name text
);

CREATE TABLE public.conversation_statuses (
    id integer NOT NULL,
    name text,
    category text
);

CREATE TABLE public.conversation_tags (
    id bigint NOT NULL,
    tag_id integer,
    conversation_id bigint
);

CREATE TABLE public.conversations (
    id bigint NOT NULL,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    uuid text,
    contact_id bigint,
    assigned_user_id bigint,
    assigned_team_id integer,
    inbox_id integer,
    status_id integer,
    priority_id integer,
    subject text,
    last_message_at timestamp with time zone,
    snoozed_until timestamp with time zone
);

CREATE TABLE public.custom_attribute_definitions (
    id integer NOT NULL,
    name text,
    applies_to text,
    key text,
    data_type text
);

CREATE TABLE public.inboxes (
    id integer NOT NULL,
    name text,
    deleted_at timestamp with time zone,
    channel public.channels,
    "from" text
);

CREATE TABLE public.media (
    id integer NOT NULL,
    uuid text,
    filename text,
    content_type text,
    model_id integer,
    model_type text
);

CREATE TABLE public.settings (
    key text NOT NULL,
    value jsonb DEFAULT '{}'::jsonb NOT NULL
);

CREATE TABLE public.tags (
    id integer NOT NULL,
    name text
);

CREATE TABLE public.teams (
    id integer NOT NULL,
    name text
);

CREATE TABLE public.users (
    id bigint NOT NULL,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    type public.user_type NOT NULL,
    deleted_at timestamp with time zone,
    enabled boolean DEFAULT true NOT NULL,
    email text,
    first_name text NOT NULL,
    last_name text,
    phone_number_country_code text,
    phone_number text,
    password character varying(150),
    custom_attributes jsonb DEFAULT '{}'::jsonb NOT NULL
);

COPY public.conversation_messages (id, created_at, uuid, type, status, private, conversation_id, content_type, content, text_content, sender_id, meta) FROM stdin;
1	2024-03-01 15:30:00.123456+05:30	m-1	incoming	sent	f	1	html	<p>Hello</p>	words of m-1	11	{"to": ["shop@example.org"], "from": ["ana@example.com"], "subject": "The parcel"}
2	2024-03-02 15:30:00.123456+05:30	m-2	outgoing	sent	t	1	text	m-2	words of m-2	6	{}
3	2024-03-03 15:30:00.123456+05:30	m-3	outgoing	sent	f	1	text	m-3	words of m-3	5	\N
4	2024-03-04 15:30:00.123456+05:30	m-4	activity	sent	f	1	text	m-4	Olga resolved it	1	{}
5	2024-03-05 15:30:00.123456+05:30	m-9	incoming	sent	f	2	text	m-9	words of m-9	12	{}
6	2024-03-05 16:30:00.123456+05:30	m-10	outgoing	sent	f	2	html	sent on	sent on	1	{"continuity_email": true}
\.

COPY public.conversation_priorities (id, name) FROM stdin;
3	High
\.

COPY public.conversation_statuses (id, name, category) FROM stdin;
1	Open	open
3	Resolved	resolved
\.

COPY public.conversation_tags (id, tag_id, conversation_id) FROM stdin;
1	1	1
\.

COPY public.conversations (id, created_at, updated_at, uuid, contact_id, assigned_user_id, assigned_team_id, inbox_id, status_id, priority_id, subject, last_message_at, snoozed_until) FROM stdin;
1	2024-03-01 15:30:00.123456+05:30	2024-03-04 15:30:00.123456+05:30	u-1	11	5	2	1	3	3	The parcel	\N	\N
2	2024-03-05 15:30:00.123456+05:30	2024-03-05 15:30:00.123456+05:30	u-2	12	\N	\N	2	1	\N	\N	\N	\N
\.

COPY public.custom_attribute_definitions (id, name, applies_to, key, data_type) FROM stdin;
1	Tariff	contact	plan	text
\.

COPY public.inboxes (id, name, deleted_at, channel, "from") FROM stdin;
1	Post	\N	email	Shop <shop@example.org>
2	Site	\N	livechat	\N
3	Gone	2024-01-01 05:30:00+05:30	email	\N
\.

COPY public.media (id, uuid, filename, content_type, model_id, model_type) FROM stdin;
1	f-1	a.png	image/png	1	messages
2	f-2	face.png	image/png	1	users
\.

COPY public.settings (key, value) FROM stdin;
app.site_name	"Shop"
app.root_url	"https://desk.example.org"
\.

COPY public.tags (id, name) FROM stdin;
1	Billing
\.

COPY public.teams (id, name) FROM stdin;
2	Sales
\.

COPY public.users (id, created_at, updated_at, type, deleted_at, enabled, email, first_name, last_name, phone_number_country_code, phone_number, password, custom_attributes) FROM stdin;
1	2024-01-01 05:30:00+05:30	2024-01-01 05:30:00+05:30	agent	\N	t	System	System		\N	\N	x	{}
5	2024-01-01 05:30:00+05:30	2024-01-01 05:30:00+05:30	agent	\N	t	olga@example.com	Olga		\N	\N	x	{}
6	2024-01-01 05:30:00+05:30	2024-01-01 05:30:00+05:30	agent	2024-02-01 05:30:00+05:30	t	pia@example.com	Pia	of old	\N	\N	\N	{}
11	2024-03-01 15:30:00.123456+05:30	2024-03-03 05:30:00+05:30	contact	\N	t	ana@example.com	Ana	García	34	600111222	\N	{"plan": "Gold"}
12	2024-03-01 15:30:00.123456+05:30	2024-03-03 05:30:00+05:30	visitor	\N	t	\N	Visitor		\N	\N	\N	{}
13	2024-03-01 15:30:00.123456+05:30	2024-03-03 05:30:00+05:30	contact	2024-03-02 05:30:00+05:30	t	gone@example.com	Gone		\N	\N	\N	{}
\.

SELECT pg_catalog.setval('public.conversations_id_seq', 9, true);

--
-- PostgreSQL database dump complete
--

\unrestrict qTjLXlJbUEATcyU9OQCnjkK2gRwJ8Ppys8ggzkIR3PGKsYXKq3YnfEjhsonLfc2

