--
-- PostgreSQL database dump
--

\restrict neiCmjf8TDMRNfADjQda34jsyKEULECDvqYPaIwhpLtV6nFx17sKbZgvOi3kJx8

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

CREATE TABLE public.access_tokens (
    id bigint NOT NULL,
    token character varying
);

CREATE TABLE public.accounts (
    id integer NOT NULL,
    name character varying NOT NULL,
    locale integer DEFAULT 0
);

CREATE TABLE public.active_storage_attachments (
    id bigint NOT NULL,
    name character varying,
    record_type character varying,
    record_id bigint,
    blob_id bigint,
    created_at timestamp(6) without time zone
);

CREATE TABLE public.active_storage_blobs (
    id bigint NOT NULL,
    key character varying NOT NULL,
    filename character varying NOT NULL,
    content_type character varying,
    metadata text,
    byte_size bigint
);

CREATE TABLE public.agent_bots (
    id bigint NOT NULL,
    name character varying,
    account_id bigint
);

CREATE TABLE public.attachments (
    id integer NOT NULL,
    file_type integer DEFAULT 0,
    external_url character varying,
    coordinates_lat double precision DEFAULT 0.0,
    coordinates_long double precision DEFAULT 0.0,
    message_id integer,
    account_id integer,
    fallback_title character varying
);

CREATE TABLE public.channel_email (
    id bigint NOT NULL,
    account_id integer,
    email character varying
);

CREATE TABLE public.channel_twilio_sms (
    id bigint NOT NULL,
    phone_number character varying,
    medium integer DEFAULT 0
);

CREATE TABLE public.contact_inboxes (
    id bigint NOT NULL,
    contact_id bigint,
    inbox_id bigint,
    source_id character varying
);

CREATE TABLE public.contacts (
    id integer NOT NULL,
    name character varying DEFAULT ''::character varying,
    email character varying,
    phone_number character varying,
    account_id integer,
    created_at timestamp without time zone,
    additional_attributes jsonb DEFAULT '{}'::jsonb,
    identifier character varying,
    custom_attributes jsonb DEFAULT '{}'::jsonb,
    blocked boolean DEFAULT false NOT NULL
);

CREATE TABLE public.conversations (
    id integer NOT NULL,
    account_id integer,
    inbox_id integer,
    status integer DEFAULT 0,
    assignee_id integer,
    created_at timestamp without time zone,
    contact_id bigint,
    display_id integer,
    agent_last_seen_at timestamp without time zone,
    additional_attributes jsonb DEFAULT '{}'::jsonb,
    last_activity_at timestamp without time zone,
    team_id bigint,
    snoozed_until timestamp without time zone,
    priority integer
);

CREATE TABLE public.custom_attribute_definitions (
    id bigint NOT NULL,
    attribute_display_name character varying,
    attribute_key character varying,
    attribute_display_type integer DEFAULT 0,
    attribute_model integer DEFAULT 0,
    account_id bigint
);

CREATE TABLE public.inboxes (
    id integer NOT NULL,
    channel_id integer,
    account_id integer,
    name character varying,
    channel_type character varying
);

CREATE TABLE public.messages (
    id integer NOT NULL,
    content text,
    account_id integer,
    inbox_id integer,
    conversation_id integer,
    message_type integer NOT NULL,
    created_at timestamp without time zone,
    private boolean DEFAULT false NOT NULL,
    status integer DEFAULT 0,
    source_id character varying,
    content_type integer DEFAULT 0,
    content_attributes json DEFAULT '{}'::json,
    sender_type character varying,
    sender_id bigint
);

CREATE TABLE public.taggings (
    id integer NOT NULL,
    tag_id integer,
    taggable_type character varying,
    taggable_id integer,
    context character varying(128)
);

CREATE TABLE public.tags (
    id integer NOT NULL,
    name character varying,
    taggings_count integer DEFAULT 0
);

CREATE TABLE public.teams (
    id bigint NOT NULL,
    name character varying NOT NULL,
    account_id bigint
);

CREATE TABLE public.users (
    id integer NOT NULL,
    encrypted_password character varying DEFAULT ''::character varying,
    name character varying NOT NULL,
    email character varying
);

COPY public.access_tokens (id, token) FROM stdin;
1	one\ttwo\nthree\\N
\.

COPY public.accounts (id, name, locale) FROM stdin;
3	Shop	0
4	Other people	0
\.

COPY public.active_storage_attachments (id, name, record_type, record_id, blob_id, created_at) FROM stdin;
70	file	Attachment	900	80	2024-03-02 00:00:00
71	avatar	User	900	81	2024-03-02 00:00:00
\.

COPY public.active_storage_blobs (id, key, filename, content_type, metadata, byte_size) FROM stdin;
80	xtapjjcjiudrlk3tmwyjgpuobabd	a photo.png	image/png	{"identified":true}	70
81	face	face.png	image/png	\N	1
\.

COPY public.agent_bots (id, name, account_id) FROM stdin;
50	Robby	3
\.

COPY public.attachments (id, file_type, external_url, coordinates_lat, coordinates_long, message_id, account_id, fallback_title) FROM stdin;
900	0	\N	0	0	101	3	\N
\.

COPY public.channel_email (id, account_id, email) FROM stdin;
1	3	Shop@example.org
\.

COPY public.channel_twilio_sms (id, phone_number, medium) FROM stdin;
\.

COPY public.contact_inboxes (id, contact_id, inbox_id, source_id) FROM stdin;
1	11	1	34600111222
2	11	2	ana@example.com
3	12	2	ben@example.com
4	13	4	987654
5	14	4	111
\.

COPY public.contacts (id, name, email, phone_number, account_id, created_at, additional_attributes, identifier, custom_attributes, blocked) FROM stdin;
11	Ana García	ana@example.com	+34600111222	3	2024-03-01 00:00:00.7	{"city": "Lima"}	\N	{"vip": true, "plan": "Gold"}	f
12	Ben	ben@example.com	\N	3	2024-03-01 00:00:00	{"city": "Lima"}	\N	{"vip": true, "plan": "Gold"}	f
13	Quiet Water	\N	\N	3	2024-03-01 00:00:00	{"city": "Lima"}	\N	{"vip": true, "plan": "Gold"}	f
14	Only Looked	\N		3	2024-03-01 00:00:00	{}	\N	{}	f
20	Of Others	x@example.com	\N	4	2024-03-01 00:00:00	{}	\N	{}	f
\.

COPY public.conversations (id, account_id, inbox_id, status, assignee_id, created_at, contact_id, display_id, agent_last_seen_at, additional_attributes, last_activity_at, team_id, snoozed_until, priority) FROM stdin;
1007	3	1	0	50	2024-03-02 00:00:00	11	7	2024-03-04 12:00:00	{"mail_subject": "The parcel"}	2024-03-05 00:00:00	2	\N	2
1008	3	2	1	50	2024-03-02 00:00:00	12	8	2024-03-02 00:00:01	{"mail_subject": "The parcel"}	2024-03-03 00:00:00	2	\N	2
1009	3	4	3	50	2024-03-02 00:00:00	13	9	\N	{"mail_subject": "The parcel"}	2024-03-04 00:00:00	2	2099-01-02 03:04:05	2
2001	4	9	0	\N	2024-03-02 00:00:00	20	7	\N	{}	2024-03-05 00:00:00	\N	\N	\N
\.

COPY public.custom_attribute_definitions (id, attribute_display_name, attribute_key, attribute_display_type, attribute_model, account_id) FROM stdin;
1	Tariff	plan	0	1	3
2	Important	vip	7	1	3
3	Order	order	0	0	3
4	Theirs	theirs	0	1	4
\.

COPY public.inboxes (id, channel_id, account_id, name, channel_type) FROM stdin;
1	1	3	Shop	Channel::Whatsapp
2	1	3	Post	Channel::Email
4	1	3	Bot	Channel::Telegram
9	2	4	Theirs	Channel::Telegram
\.

COPY public.messages (id, content, account_id, inbox_id, conversation_id, message_type, created_at, private, status, source_id, content_type, content_attributes, sender_type, sender_id) FROM stdin;
100	Hello, where is it?	3	1	1007	0	2024-03-02 00:00:01.25	f	0	wamid.1	0	{}	Contact	11
101	\N	3	1	1007	0	2024-03-02 00:00:02	f	0	wamid.2	0	{}	Contact	11
102	Assigned to Olga by Gil	3	1	1007	2	2024-03-02 00:00:03	f	0	\N	0	{}	\N	\N
103	Is Olga there?	3	1	1007	1	2024-03-03 00:00:00	t	0	\N	0	{}	User	51
104	On its way	3	1	1007	1	2024-03-03 00:00:01	f	1	\N	0	"{\\"in_reply_to\\":100}"	User	50
105	Not sent	3	1	1007	1	2024-03-03 00:00:02	f	3	\N	0	{}	User	50
106	We are back tomorrow	3	1	1007	3	2024-03-03 00:00:03	f	0	\N	0	{}	\N	\N
107	Thank you	3	1	1007	0	2024-03-05 00:00:00	f	0	\N	0	{}	Contact	11
200	It is broken	3	2	1008	0	2024-03-02 00:00:05	f	0	m1@x.example	0	"{\\"email\\":{\\"message_id\\":\\"m1@x.example\\",\\"from\\":[\\"ben@example.com\\"],\\"to\\":[\\"shop@example.org\\"],\\"cc\\":null,\\"subject\\":\\"The parcel\\",\\"text_content\\":{\\"full\\":\\"It is broken.\\\\n\\\\n-- \\\\nBen\\"},\\"html_content\\":{\\"full\\":\\"<p>It is <b>broken</b>.</p>\\"}}}"	Contact	12
201	We send another	3	2	1008	1	2024-03-03 00:00:00	f	0	m2@shop.example	0	{}	User	99
300	¿Hola?	3	4	1009	0	2024-03-04 00:00:00	f	0	\N	0	{}	Contact	13
400	Nobody of the shop reads this	4	9	2001	0	2024-03-04 00:00:00	f	0	\N	0	{}	Contact	20
\.

COPY public.taggings (id, tag_id, taggable_type, taggable_id, context) FROM stdin;
1	1	Conversation	1007	labels
2	2	Conversation	1007	labels
3	1	Conversation	1008	labels
4	2	Conversation	1008	labels
5	1	Conversation	1009	labels
6	2	Conversation	1009	labels
7	3	Contact	1007	labels
\.

COPY public.tags (id, name, taggings_count) FROM stdin;
1	Billing	3
2	VIP	3
3	Person	1
\.

COPY public.teams (id, name, account_id) FROM stdin;
2	Sales	3
\.

COPY public.users (id, encrypted_password, name, email) FROM stdin;
50	x	Olga	Olga@example.com
51	x	Gone Gil	gil@example.com
99	x	Pia of old	pia@example.com
\.

SELECT pg_catalog.setval('public.conversations_id_seq', 9, true);

--
-- PostgreSQL database dump complete
--

\unrestrict neiCmjf8TDMRNfADjQda34jsyKEULECDvqYPaIwhpLtV6nFx17sKbZgvOi3kJx8

